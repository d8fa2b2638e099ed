using Market.Bench;

// One verb a line; each takes the rest of the command line and returns the exit code.
var verbs = new SortedDictionary<string, (string About, Func<string[], Task<int>> Run)>(StringComparer.Ordinal)
{
    ["bitcoin"] = ("a real block read and checked, and inputs verified beside libsecp256k1's own time", BitcoinBench.Run),
    ["hashing"] = ("SHA256d: every kernel at every job beside the framework's own SHA-256", HashingBench.Run),
    ["orders"] = ("orders over REST with a PostgreSQL commit, many clients: orders a second, latency, fsync", TradingRestBench.Run),
    [TradingRestServer.Verb] = ("(the server of orders, in a process of its own)", TradingRestServer.Run),
    ["trading"] = ("the matching engine: commands a second and p99 with 1,000 and 100,000 resting orders", TradingBench.Run),
};

if (args.Length > 0 && verbs.TryGetValue(args[0], out var verb)) return await verb.Run(args[1..]);
Console.WriteLine("usage: market bench <verb>");
foreach (var (name, (about, _)) in verbs) Console.WriteLine($"  {name,-10} {about}");
return args.Length == 0 ? 0 : 2;
