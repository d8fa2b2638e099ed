using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Market.Chains.P2PoolV2;

namespace Market.Testing.Chains.P2PoolV2;

/// <summary>A p2poolv2 node's chain as its API tells it: answers of documented shapes, of our own making. It answers for any part
/// of its heights, as such a node does.</summary>
public sealed class PoolChain
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly Dictionary<string, JsonNode> _answers;

    private PoolChain(Dictionary<string, JsonNode> answers) => _answers = answers;

    /// <summary>Height of its tip.</summary>
    public int Height => (int)_answers["chain_info"]["chain_tip_height"]!;

    /// <summary>Its shares, oldest first.</summary>
    public IReadOnlyList<JsonNode> Shares =>
        [.. _answers["shares"]["shares"]!.AsArray().Select(share => share!).OrderBy(share => (int)share["height"]!)];

    /// <summary>The tip's time.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds((long)Shares[^1]["timestamp"]!);

    /// <summary>Fourteen shares as committed in the folder Recorded.</summary>
    /// <param name="version">Of which version.</param>
    public static PoolChain Recorded(P2PoolVersion version)
    {
        var folder = Path.Combine(
            Vectors.RepositoryRoot, "tests", "Market.Testing.Chains", "P2PoolV2", "Recorded",
            version == P2PoolVersion.SinceV014 ? "v0.14" : "v0.13");
        return new PoolChain(Directory.GetFiles(folder, "*.json").ToDictionary(
            file => Path.GetFileNameWithoutExtension(file), file => JsonNode.Parse(File.ReadAllText(file))!));
    }

    /// <summary>A chain of any length in the same shapes: ten seconds a share, three miners by turns.</summary>
    /// <param name="height">The tip's height.</param>
    /// <param name="time">The tip's time.</param>
    /// <param name="mainBits">Bitcoin's target.</param>
    /// <param name="branch">Tells chains of one height apart, from <paramref name="fork"/> on.</param>
    /// <param name="fork">The first height that differs.</param>
    public static PoolChain Played(
        int height, DateTimeOffset time, uint mainBits = 0x17021f5b, string branch = "", int fork = 0)
    {
        var recorded = Recorded(P2PoolVersion.SinceV014);
        var (share, header, entry) = (
            recorded.Shares[^1], recorded._answers["share_headers"]["headers"]![0]!, recorded._answers["dag"]["entries"]![0]!);
        var miners = recorded.Shares.DistinctBy(one => (string)one["miner_address"]!).Take(3).ToList();
        var (shares, headers, entries) = (new JsonArray(), new JsonArray(), new JsonArray());
        for (var i = 0; i <= height; i++)
        {
            var (id, parent, at) = (Id(i), i == 0 ? Zero : Id(i - 1), time.ToUnixTimeSeconds() - (10L * (height - i)));
            foreach (var (list, like) in new[] { (shares, share), (headers, header), (entries, entry) })
            {
                var one = like.DeepClone().AsObject();
                Set(one, "miner_address", (string)miners[i % 3]["miner_address"]!);
                Set(one, "miner_bitcoin_address", (string)miners[i % 3]["miner_bitcoin_address"]!);
                Set(one, "bits", (uint)share["bits"]!);
                Set(one, "height", i);
                Set(one, "blockhash", id);
                foreach (var name in new[] { "prev_blockhash", "prev_share_blockhash", "parent" }) Set(one, name, parent);
                foreach (var name in new[] { "timestamp", "time" }) Set(one, name, at);
                if (one["bitcoin_header"] is { } main) main["bits"] = mainBits;
                list.Add(one);
            }
        }

        var info = recorded._answers["chain_info"].DeepClone();
        (info["chain_tip_height"], info["chain_tip_blockhash"]) = (height, Id(height));
        return new PoolChain(new Dictionary<string, JsonNode>
        {
            ["chain_info"] = info,
            ["shares"] = new JsonObject { ["shares"] = shares },
            ["share_headers"] = new JsonObject { ["headers"] = headers },
            ["dag"] = new JsonObject { ["entries"] = entries },
            ["pplns_shares"] = recorded._answers["pplns_shares"].DeepClone(),
        });

        string Id(int at) => Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{(at < fork ? "" : branch)}/{at}")));

        static void Set(JsonObject one, string name, JsonNode value)
        {
            if (one.ContainsKey(name)) one[name] = value;
        }
    }

    /// <summary>Puts something else into the answers to a path.</summary>
    public PoolChain With(string path, Action<JsonNode> change)
    {
        var answers = _answers.ToDictionary(one => one.Key, one => one.Value.DeepClone());
        change(answers[path]);
        return new PoolChain(answers);
    }

    /// <summary>Without a path, as an older node has none.</summary>
    public PoolChain Without(string path) => new(_answers.Where(one => one.Key != path).ToDictionary());

    /// <summary>What is answered to a path; null where there is nothing.</summary>
    public JsonNode? Answer(string path, string? to, string? num)
    {
        if (!_answers.TryGetValue(path, out var all)) return null;
        var last = Math.Min(Height, to is null ? Height : int.Parse(to, CultureInfo.InvariantCulture));
        var first = Math.Max(0, last - int.Parse(num ?? "10", CultureInfo.InvariantCulture) + 1);
        return path switch
        {
            "shares" => Range(all, "shares", share => (int)share["height"]!),
            "share_headers" => Ordered(all),
            "dag" => Range(all, "entries", entry => (int)entry["height"]!),
            _ => all.DeepClone(),
        };

        JsonObject Range(JsonNode from, string list, Func<JsonNode, int> heightOf) => Told(list, from[list]!.AsArray()
            .Where(one => heightOf(one!) >= first && heightOf(one!) <= last));

        // Headers do not name their height: they stand in its order.
        JsonObject Ordered(JsonNode from) => Told("headers", from["headers"]!.AsArray().Skip(first).Take(last - first + 1));

        JsonObject Told(string list, IEnumerable<JsonNode?> items) => new()
        {
            ["from_height"] = first,
            ["to_height"] = last,
            [list] = new JsonArray([.. items.Select(one => one!.DeepClone())]),
        };
    }
}
