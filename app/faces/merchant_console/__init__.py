"""A merchant's own pages: orders, products, stock, import, money."""
