"""A shop's own pages, for buyers, on its subdomain."""
