using System.CommandLine;
using Market.Bench;
using Market.Bench.Load;
using Market.Bench.Sharechain;
using Market.Bench.Stratum;
using Market.Bitcoin;

Curve.UseLibrary(Environment.GetEnvironmentVariable(Curve.LibraryVariable));
return await new RootCommand("Measures Market beside its peers; every figure in docs/benchmarks.md comes from here")
{
    BitcoinBench.Build(), HashingBench.Build(), LoadBench.Build(), SharechainBench.Build(), StratumBench.Build(),
    TradingRestBench.Build(), TradingRestServer.Build(), TradingBench.Build(),
}.Parse(args.Length == 0 ? ["--help"] : args).InvokeAsync();
