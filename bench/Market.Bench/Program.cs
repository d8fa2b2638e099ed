using System.CommandLine;
using Market.Bench;
using Market.Bench.Sharechain;

return await new RootCommand("Measures Market beside its peers; every figure in docs/benchmarks.md comes from here")
{
    BitcoinBench.Build(), HashingBench.Build(), SharechainBench.Build(), TradingRestBench.Build(), TradingRestServer.Build(),
    TradingBench.Build(),
}.Parse(args.Length == 0 ? ["--help"] : args).InvokeAsync();
