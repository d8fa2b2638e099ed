using Market.Bitcoin;
using Market.Cli;
using Market.Cli.Common;

try
{
    Curve.UseLibrary(Environment.GetEnvironmentVariable(Curve.LibraryVariable));
}
catch (CurveLibraryMissingException e)
{
    new Output(MarketProgram.WantsJson(args), Console.Out, Console.Error).Error("curve-library-missing", e.Message);
    return 1;
}

return await MarketProgram.RunAsync(args);
