"""Keep every act: events, their places in the chain, and what reacts to them."""
