"""The command `makeweight`: one module per subcommand, imported only when that one is called."""
