"""How people prove who they are: second factors and recovery codes."""
