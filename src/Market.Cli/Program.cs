using Market.Bitcoin;
using Market.Cli;

try
{
    Curve.UseLibrary(Environment.GetEnvironmentVariable(Curve.LibraryVariable));
}
catch (CurveLibraryMissingException e)
{
    await Console.Error.WriteLineAsync($"market: {e.Message}");
    return 1;
}

return await MarketProgram.RunAsync(args);
