using System.Text.Json;
using Market.Bitcoin.Encoding;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Fuzzing;

/// <summary>What anybody may ask of a node over HTTP.</summary>
internal static class RequestTarget
{
    private const int FirstBlocks = 4;
    private static readonly Lock Turn = new();
    private static readonly Lazy<NodeHttpService> Node = new(Open);

    private static readonly string[] Paths =
    [
        "tip", "headers", "blocks", "block/", "tx/", "coin/", "coins/51", "mempool", "fee", "template", "payout", "figures",
        "tx", "block", "share",
    ];

    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "GET ", "POST ", "mainchain/", "sharechain/", "?", "&", "=", "locator=", "limit=", "after=", "script=", "target=",
            "2000", "-1", "99999999999999999999", ",", ":", ":0", "\n", "/", "51", new string('0', 64),
        }.Concat(Paths).Select(TextTargets.Bytes),
    ];

    // Answers hold the chains' first blocks, more than once while they are put together.
    public static FuzzTarget Request { get; } = FuzzTarget.Of(
        "node-request", "NodeHttpService: a line \"METHOD path?query\", then the body",
        new AllocationBound(512 * 1024, 128),
        (byte[] input, out NodeAnswer value, out int error) =>
        {
            lock (Turn)
            {
                value = Ask(input);
            }

            error = value.Status;
            return value.Status == 200;
        },
        (_, answer) => Shape.Of(100, Shape.Size(answer.Body.Length), answer.ContentType.Length),
        Fresh,
        Pieces);

    private static NodeAnswer Ask(byte[] input)
    {
        var end = Array.IndexOf(input, (byte)'\n');
        var line = TextTargets.Text(end < 0 ? input : input[..end]);
        var (method, target) = line.Split(' ', 2) is [var first, var rest] ? (first, rest) : ("GET", line);
        var (path, query) = target.Split('?', 2) is [var front, var back] ? (front, back) : (target, string.Empty);
        using var body = new MemoryStream(end < 0 ? [] : input[(end + 1)..]);
        var answer = Node.Value.HandleAsync(new NodeRequest(method, path, name => Parameter(query, name), body))
            .AsTask().GetAwaiter().GetResult();
        Promise.Holds(answer.Status is 200 or 400 or 404 or 413 or 503, $"a status is one of those documented: {answer.Status}");
        if (answer.ContentType != "application/octet-stream")
        {
            using var json = JsonDocument.Parse(answer.Body);
        }

        return answer;
    }

    private static string? Parameter(string query, string name) => query.Split('&')
        .Select(pair => pair.Split('=', 2)).FirstOrDefault(pair => pair[0] == name && pair.Length == 2)?[1];

    private static byte[] Fresh(RandomValues values)
    {
        var chain = values.OneOf("mainchain", "sharechain");
        var only = chain == "mainchain" ? "template" : values.OneOf("payout", "figures", "template?script=51");
        var tip = MainParameters.Regtest.Genesis.Id.ToString();
        return TextTargets.Bytes("GET " + values.Below(7) switch
        {
            0 => $"{chain}/tip",
            1 => $"{chain}/headers?limit={1 + values.Below(9)}&locator={values.Hash()},{values.Hash()}",
            2 => $"mainchain/blocks?after={tip}&limit={1 + values.Below(9)}",
            3 => $"{chain}/coins/{Hex.Encode(values.AddressScript().Span)}",
            4 => $"{chain}/fee?target={1 + values.Below(100)}",
            5 => $"{chain}/mempool",
            _ => $"{chain}/{only}",
        });
    }

    private static NodeHttpService Open()
    {
        var options = new EmbeddedMainchainOptions
        {
            Parameters = MainParameters.Regtest,
            TreasuryScript = new Script(new[] { (byte)Opcode.OP_1 }),
            PremineBlocks = FirstBlocks,
            Mine = false,
        };
        var main = EmbeddedMainchain.OpenAsync(options, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System)
            .GetAwaiter().GetResult();
        var shares = ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), main, TimeProvider.System)
            .GetAwaiter().GetResult();
        return new NodeHttpService(main, shares);
    }
}
