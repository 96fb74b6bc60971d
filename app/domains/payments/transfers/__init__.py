"""Moving released money to the seller's account, and bringing it back for a refund."""
