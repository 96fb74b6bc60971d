"""The order: its lines as sold, its states, its events. The buyer's data stands apart, sealed."""
