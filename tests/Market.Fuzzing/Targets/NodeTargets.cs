using System.Net;
using System.Text.Json;
using Market.Chains;
using Market.Chains.Http;

namespace Market.Fuzzing;

/// <summary>What a server says to those who follow its chains, true or not.</summary>
internal static class NodeTargets
{
    private const int MostFrames = 100;
    private const int Questions = 7;

    private static readonly FollowerOptions Options = new();
    private static readonly byte[][] Words =
    [
        [0], [0xfd, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], .. Ascii(
            "{", "}", "[", "]", "null", "\"", "\\u0000", "\\ud800", "1e999", "-1", "\"id\":", "\"hex\":", "\"code\":",
            "\"Accepted\"", "\n\n", "\r\n", "\r", "event: tx\n", "event: tip\n", "data: ", "data:", "id: 1\n", "retry: 1\n", ":\n"),
    ];

    public static FuzzTarget Frames { get; } = FuzzTarget.Of(
        "node-frames", "NodeFrames.Split: lists of headers, blocks and transactions",
        new AllocationBound(8192, 0),
        (byte[] input, out List<ReadOnlyMemory<byte>>? value, out int error) =>
        {
            (value, error) = (NodeFrames.Split(input, MostFrames), 1);
            return value is not null;
        },
        (input, value) =>
        {
            Promise.Same(input, NodeFrames.Join(value!.Select(item => item.ToArray())), "a list is written as it was read");
            Promise.Holds(value!.Count <= MostFrames, "a list has no more items than asked for");
            return Shape.Of(100, Shape.Size(value.Count), Shape.Size(value.Count == 0 ? 0 : value.Max(item => item.Length)));
        },
        FreshFrames,
        Words);

    // A client with its answer: buffers of 16 KB, the body three times while it grows, and what is read from it.
    public static FuzzTarget Answer { get; } = FuzzTarget.Of(
        "node-answer", "NodeClient, whatever status and body a server answers",
        new AllocationBound(128 * 1024, 64),
        (byte[] input, out int value, out int error) =>
        {
            var (question, status) = input.Length < 2 ? (0, 0) : (input[0] % Questions, input[1] % 4);
            (value, error) = (question, Shape.Mix(question, status));
            using var http = Server(
                status == 0 ? HttpStatusCode.OK : (HttpStatusCode)(400 + status), input.Length < 2 ? [] : input[2..]);
            try
            {
                Ask(new NodeClient(http, ChainKind.Mainchain, Options, TimeProvider.System), question);
                return true;
            }
            catch (ChainUnavailableException)
            {
                return false;
            }
        },
        (_, question) => Shape.Of(100, question),
        FreshAnswer,
        Words);

    public static FuzzTarget Events { get; } = FuzzTarget.Of(
        "node-events", "NodeClient.EventsAsync and the transactions in events",
        new AllocationBound(128 * 1024, 64),
        (byte[] input, out List<(string Type, string Data)> value, out int error) =>
        {
            (value, error) = ([], 1);
            using var http = Server(HttpStatusCode.OK, input);
            try
            {
                Hear(new NodeClient(http, ChainKind.Sharechain, Options, TimeProvider.System), value).GetAwaiter().GetResult();
                return true;
            }
            catch (ChainUnavailableException)
            {
                return false;
            }
        },
        (_, value) => Shape.Of(
            100, Shape.Size(value.Count), Shape.Size(value.Count(each => each.Type == "tx")),
            Shape.Size(value.Count(each => IsTransaction(each.Data)))),
        FreshEvents,
        Words);

    private static bool IsTransaction(string data)
    {
        try
        {
            return Follower.ReadSeen(data) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Ask(NodeClient client, int question)
    {
        switch (question)
        {
            case 0:
                Wait(client.TipAsync(default));
                break;
            case 1:
                Wait(client.HeadersAsync([], default));
                break;
            case 2:
                Wait(client.BlocksAsync(default, 1, default));
                break;
            case 3:
                Wait(client.MempoolAsync(null, default));
                break;
            case 4:
                Wait(client.BroadcastAsync(new Transaction(2, [], [], 0), default));
                break;
            case 5:
                Wait(client.MainHeaderAsync(default, default));
                break;
            default:
                Wait(client.SubmitAsync([], default));
                break;
        }
    }

    // Nothing waits here: the answer is at hand.
    private static void Wait<T>(ValueTask<T> asked) => asked.AsTask().GetAwaiter().GetResult();

    private static async Task Hear(NodeClient client, List<(string Type, string Data)> heard)
    {
        await foreach (var each in client.EventsAsync(default).ConfigureAwait(false))
        {
            heard.Add(each);
        }
    }

    private static byte[] FreshFrames(RandomValues values) =>
        NodeFrames.Join(Enumerable.Range(0, values.Below(5)).Select(_ => values.SomeBytes(300)));

    private static byte[] FreshAnswer(RandomValues values)
    {
        var question = values.Below(Questions);
        var id = values.Hash().ToString();
        byte[] body = question switch
        {
            0 => Json(new TipPayload("devnet", id, values.Below(1000), values.UInt32(), values.UInt32(), "bcrt")),
            4 => Json(new BroadcastPayload(id, values.OneOf(Enum.GetValues<BroadcastCode>()), "x")),
            5 => values.Header().ToArray(),
            6 => Json(new SubmitPayload(id, values.OneOf(Enum.GetValues<SubmitCode>()), null, string.Empty, id)),
            _ => FreshFrames(values),
        };
        return [(byte)question, 0, .. body];
    }

    private static byte[] FreshEvents(RandomValues values) => TextTargets.Bytes(string.Concat(Enumerable.Range(0, values.Below(4))
        .Select(_ => values.Below(3) switch
        {
            0 => "event: gap\ndata: {}\n\n",
            1 => $"event: tip\ndata: {{\"tip\":{{\"id\":\"{values.Hash()}\"}}}}\n\n",
            _ => $"event: tx\ndata: {{\"id\":\"{values.Hash()}\",\"hex\":\"{values.Transaction().ToHex()}\"}}\n\n",
        })));

    private static byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, NodeJson.Options);

    private static byte[][] Ascii(params string[] words) => [.. words.Select(TextTargets.Bytes)];

    private static HttpClient Server(HttpStatusCode status, byte[] body) =>
        new(new Said(status, body)) { BaseAddress = new Uri("https://node.example/") };

    private sealed class Said(HttpStatusCode status, byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new ByteArrayContent(body), RequestMessage = request });
    }
}
