using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

/// <summary>Two nodes that follow each other over HTTP, with a cable between them that can be cut.</summary>
public sealed class PartitionTests : IAsyncLifetime
{
    private static readonly FollowerOptions Quick = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(300),
        LongestPause = TimeSpan.FromMilliseconds(300),
        Timeout = TimeSpan.FromSeconds(20),
        IsNode = true,
    };

    private readonly ManualClock _clock = new();
    private readonly Cable _cable = new();
    private readonly List<IAsyncDisposable> _open = [];
    private EmbeddedMainchain _main = null!;
    private RemoteSharechain _left = null!;
    private RemoteSharechain _right = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock);
        (_left, var left) = await NodeAsync("left");
        (_right, var right) = await NodeAsync("right");
        _cable.Plug("right", left.Address);
        _cable.Plug("left", right.Address);
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            await _open[i].DisposeAsync();
        }

        await _main.DisposeAsync();
        _cable.Dispose();
    }

    [Fact]
    public async Task What_is_handed_to_one_is_known_to_the_other_and_after_a_cut_both_are_on_the_branch_with_more_work()
    {
        await ShareLab.MineAsync(_left, _clock, 3, Coins.Owner(20));
        await AgreeAsync();
        await ShareLab.MineAsync(_right, _clock, 2, Coins.Owner(21));
        await AgreeAsync();
        var fork = (await _left.GetTipAsync()).Height;

        _cable.Cut();
        await ShareLab.MineAsync(_left, _clock, 4, Coins.Owner(22));
        var longer = await ShareLab.MineAsync(_right, _clock, 7, Coins.Owner(23));
        Assert.NotEqual((await _left.GetTipAsync()).Id, (await _right.GetTipAsync()).Id);

        _cable.Mend();
        await AgreeAsync();
        Assert.Equal((longer[^1].Id.Value, fork + 7), ((await _left.GetTipAsync()).Id, (await _left.GetTipAsync()).Height));
        Assert.Equal(_left.StateHash(), _right.StateHash());

        // And on the other's next share, who was behind goes on.
        var next = await ShareLab.MineAsync(_left, _clock, 1, Coins.Owner(22));
        await AgreeAsync();
        Assert.Equal(next[0].Id.Value, (await _right.GetTipAsync()).Id);
    }

    private Task AgreeAsync() => Eventually.TrueAsync(
        async () => (await _left.GetTipAsync()).Id == (await _right.GetTipAsync()).Id, "both at one tip");

    private async Task<(RemoteSharechain Node, NodeHost Host)> NodeAsync(string name)
    {
        var http = new HttpClient(_cable.End(name), disposeHandler: false) { BaseAddress = new Uri("http://other.test/") };
        var node = await RemoteSharechain.OpenAsync(
            http, SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, Quick,
            TestContext.Current.CancellationToken);
        var host = new NodeHost(new NodeHttpService(_main, node));
        _open.AddRange([node, host]);
        return (node, host);
    }

    /// <summary>Both ways between two nodes; a cut ends what is under way too.</summary>
    private sealed class Cable : IDisposable
    {
        private readonly SocketsHttpHandler _sockets = new();
        private readonly Dictionary<string, Uri> _addresses = [];
        private readonly HashSet<HttpResponseMessage> _answers = [];
        private bool _cut;

        public void Plug(string name, Uri address)
        {
            lock (_answers)
            {
                _addresses[name] = address;
            }
        }

        public void Cut()
        {
            lock (_answers)
            {
                _cut = true;
                foreach (var answer in _answers)
                {
                    answer.Dispose();
                }

                _answers.Clear();
            }
        }

        public void Mend()
        {
            lock (_answers)
            {
                _cut = false;
            }
        }

        /// <summary>The end at which a node sits that talks to another.</summary>
        public HttpMessageHandler End(string name) => new Plugged(this, name) { InnerHandler = _sockets };

        public void Dispose() => _sockets.Dispose();

        private sealed class Plugged(Cable cable, string name) : DelegatingHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(
                HttpRequestMessage request, CancellationToken cancellationToken)
            {
                request.RequestUri = new Uri(Address(), request.RequestUri!.PathAndQuery);
                var answer = await base.SendAsync(request, cancellationToken);
                Address();
                lock (cable._answers)
                {
                    cable._answers.Add(answer);
                }

                return answer;
            }

            private Uri Address()
            {
                lock (cable._answers)
                {
                    return !cable._cut && cable._addresses.TryGetValue(name, out var address)
                        ? address
                        : throw new HttpRequestException("the cable is cut");
                }
            }
        }
    }
}
