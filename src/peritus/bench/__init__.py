"""Know the experts: credentials, qualifications, measured skill."""
