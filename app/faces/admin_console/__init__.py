"""The platform's own people's pages: shops, orders by shop, what failed, the books."""
