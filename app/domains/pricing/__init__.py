"""One quote: goods, shipping, the tax inside them, and a total that adds up. Pure, no tables."""
