using Market.Cli;

return await MarketProgram.RunAsync(args);
