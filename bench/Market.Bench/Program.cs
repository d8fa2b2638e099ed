using System.CommandLine;
using Market.Bench;
using Market.Bench.Load;
using Market.Bench.Sharechain;
using Market.Bench.Stratum;
using Market.Bench.Streams;
using Market.Bitcoin;

Curve.UseLibrary(Environment.GetEnvironmentVariable(Curve.LibraryVariable));
return await new RootCommand("Measures Market beside its peers; every figure in docs/benchmarks.md comes from here")
{
    BitcoinBench.Build(), FanOutBench.Build(), HashingBench.Build(), JournalBench.Build(), LoadBench.Build(),
    SharechainBench.Build(), StartBench.Build(), StratumBench.Build(), StratumGround.Build(), TradingRestBench.Build(),
    TradingRestServer.Build(), TradingBench.Build(),
}.Parse(args.Length == 0 ? ["--help"] : args).InvokeAsync();
