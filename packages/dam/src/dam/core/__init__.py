"""The machine: World, systems, commands, events, transactions, plugins, workers."""
