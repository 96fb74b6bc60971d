"""Who a shop is: resolve the host, bind the schema, provision, migrate, suspend."""
