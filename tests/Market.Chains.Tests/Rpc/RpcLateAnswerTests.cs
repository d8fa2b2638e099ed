using System.Net;
using System.Net.Sockets;
using System.Text;
using Market.Bitcoin;
using Market.Chains.Rpc;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Rpc;

/// <summary>Answers of a node that come in another order than their questions.</summary>
public sealed class RpcLateAnswerTests
{
    private static readonly Hash256 Former = Hash256.DoubleSha256([1]);
    private static readonly Hash256 Tip = Hash256.DoubleSha256([2]);

    [Fact]
    public async Task A_template_that_was_asked_for_before_the_newest_came_does_not_replace_it()
    {
        await using var node = new Node();
        var clock = new ManualClock();
        var moved = 0;
        await using var templates = Begin(node, clock, () => Interlocked.Increment(ref moved));
        Assert.Equal(Former, await NextAsync(templates, node, Former));
        var poll = await node.PolledAsync();

        // The template is asked for anew; before the answer is there the long poll tells of another tip.
        clock.Advance(TimeSpan.FromSeconds(11));
        var late = templates.GetAsync(default).AsTask();
        var asked = await node.AskedAsync();
        poll.SetResult(Tip);
        await Eventually.TrueAsync(() => Volatile.Read(ref moved) == 1, "the other tip to be told");
        asked.SetResult(Former);
        Assert.Equal(Tip, (await late).Previous.Value);
        Assert.Equal(Tip, (await templates.GetAsync(default)).Previous.Value);
        Assert.Equal(1, moved);
    }

    [Fact]
    public async Task What_is_told_by_long_poll_replaces_a_template_that_was_asked_for_meanwhile()
    {
        await using var node = new Node();
        var clock = new ManualClock();
        var moved = 0;
        await using var templates = Begin(node, clock, () => Interlocked.Increment(ref moved));
        Assert.Equal(Former, await NextAsync(templates, node, Former));
        var poll = await node.PolledAsync();
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(Former, await NextAsync(templates, node, Former));
        poll.SetResult(Tip);
        await Eventually.TrueAsync(() => Volatile.Read(ref moved) == 1, "the other tip to be told");
        Assert.Equal(Tip, (await templates.GetAsync(default)).Previous.Value);
    }

    [Fact]
    public async Task An_answer_on_a_tip_that_was_left_meanwhile_is_asked_for_anew()
    {
        await using var node = new Node();
        var clock = new ManualClock();
        await using var templates = Begin(node, clock, () => { });
        Assert.Equal(Former, await NextAsync(templates, node, Former));
        clock.Advance(TimeSpan.FromSeconds(11));
        var late = templates.GetAsync(default).AsTask();
        var asked = await node.AskedAsync();
        templates.Forget(Tip);
        asked.SetResult(Former);
        await late;
        Assert.Equal(Tip, await NextAsync(templates, node, Tip));
    }

    private static RpcTemplates Begin(Node node, ManualClock clock, Action moved)
    {
        var options = new RpcOptions { Address = node.Address };
        return new RpcTemplates(new RpcConnection(options), new RpcConnection(options), clock, moved);
    }

    private static async Task<Hash256> NextAsync(RpcTemplates templates, Node node, Hash256 answer)
    {
        var template = templates.GetAsync(default).AsTask();
        (await node.AskedAsync()).SetResult(answer);
        return (await template.WaitAsync(Eventually.Patience)).Previous.Value;
    }

    /// <summary>A node whose every answer waits until the test gives it: a template on a block.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly System.Threading.Channels.Channel<TaskCompletionSource<Hash256>> _asked = NewQueue();
        private readonly System.Threading.Channels.Channel<TaskCompletionSource<Hash256>> _polled = NewQueue();
        private readonly List<Task> _running = [];

        public Node()
        {
            _listener.Start();
            Address = new Uri($"http://{_listener.LocalEndpoint}/");
            _running.Add(AcceptAsync());
        }

        public Uri Address { get; }

        public Task<TaskCompletionSource<Hash256>> AskedAsync() => TakeAsync(_asked);

        public Task<TaskCompletionSource<Hash256>> PolledAsync() => TakeAsync(_polled);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _running[0].ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _listener.Dispose();
            _stop.Dispose();
        }

        private static System.Threading.Channels.Channel<TaskCompletionSource<Hash256>> NewQueue() =>
            System.Threading.Channels.Channel.CreateUnbounded<TaskCompletionSource<Hash256>>();

        private static Task<TaskCompletionSource<Hash256>> TakeAsync(
            System.Threading.Channels.Channel<TaskCompletionSource<Hash256>> queue) =>
            queue.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);

        private async Task AcceptAsync()
        {
            while (true)
            {
                _running.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using var closing = client;
            var stream = client.GetStream();
            var (request, buffer) = ("", new byte[4_096]);

            // In pieces of which the last is empty.
            while (!request.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(buffer, _stop.Token);
                if (read == 0)
                {
                    return;
                }

                request += Encoding.ASCII.GetString(buffer, 0, read);
            }

            var answer = new TaskCompletionSource<Hash256>(TaskCreationOptions.RunContinuationsAsynchronously);
            var isPoll = request.Contains("longpollid", StringComparison.Ordinal);
            await (isPoll ? _polled : _asked).Writer.WriteAsync(answer, _stop.Token);
            var tip = await answer.Task.WaitAsync(_stop.Token);
            var body = $$$"""
                {"result":{"previousblockhash":"{{{tip}}}","height":101,"version":1,"bits":"207fffff","curtime":1,"mintime":1,
                "coinbasevalue":1,"longpollid":"{{{tip}}}","transactions":[]}}
                """;
            var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n"
                + "Connection: close\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body), _stop.Token);
        }
    }
}
