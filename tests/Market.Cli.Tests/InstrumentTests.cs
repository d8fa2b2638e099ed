using System.Net;
using System.Text.Json;
using Market.Cli.Common;
using Market.Cli.Verbs;
using Market.Client;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

/// <summary>Which instrument a verb is about.</summary>
public sealed class InstrumentTests : IDisposable
{
    private const string First = "P2SHARE-BTC";
    private const string Second = "P2SHARE-K20-BTC";
    private const string Word = "a few words";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-instruments-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("book", "", 1, null)]
    [InlineData("trades", "", 1, null)]
    [InlineData("book", Second, 0, "/api/v1/instruments/P2SHARE-K20-BTC/book")]
    [InlineData("trades", First, 0, "/api/v1/instruments/P2SHARE-BTC/trades")]
    public async Task Where_several_are_traded_one_is_named_or_the_verb_says_which_there_are(
        string verb, string named, int code, string? asked)
    {
        using var market = new PlayedMarket(First, Second);
        string[] instrument = named.Length == 0 ? [] : ["--instrument", named];
        Assert.Equal(code, await market.RunAsync([verb, .. instrument]));
        Assert.Equal(asked is not null, market.Asked.Contains(asked ?? ""));
    }

    [Fact]
    public async Task The_only_one_is_meant_where_none_is_named()
    {
        using var market = new PlayedMarket(Second);
        Assert.Equal(0, await market.RunAsync(["book"]));
        Assert.Contains("/api/v1/instruments/P2SHARE-K20-BTC/book", market.Asked);
    }

    [Fact]
    public async Task Who_names_none_of_several_is_told_all()
    {
        using var market = new PlayedMarket(First, Second);
        using var api = new Market.Client.Api.MarketApi(new Uri(market.Address));
        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => TradedInstrument.ChooseAsync(api, null));
        Assert.Contains($"{First}, {Second}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wallet_is_of_one_sharechain_and_trades_no_other()
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Word);
        Assert.Equal(0, await MarketProgram.RunAsync(
            ["wallet", "create", "--wallet", _folder, "--yes", "--json", "--sharechain", "p2share-k20"]));
        Assert.Equal("p2share-k20", SeedFile.Open(CliSession.SeedPath(_folder), Word).Sharechain);
        using var market = new PlayedMarket(First, Second);
        Assert.Equal(1, await market.RunAsync(["sell", "1", "--price", "98000", "--instrument", First, "--wallet", _folder]));
        Assert.Empty(market.Asked);
        Assert.Equal(0, await market.RunAsync(["orders", "--instrument", Second, "--wallet", _folder]));
        Assert.Contains("/api/v1/orders", market.Asked);
    }

    [Theory]
    [InlineData("p2share", 0)]
    [InlineData("p2share-redeem", 1)]
    [InlineData("no-such", 1)]
    public async Task A_wallet_is_made_for_a_sharechain_that_is_traded(string sharechain, int code)
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Word);
        var folder = Path.Combine(_folder, sharechain);
        Assert.Equal(code, await MarketProgram.RunAsync(
            ["wallet", "create", "--wallet", folder, "--yes", "--json", "--sharechain", sharechain]));
        // The network's own is not written down: such a file is as it always was.
        if (code == 0) Assert.Null(SeedFile.Open(CliSession.SeedPath(folder), Word).Sharechain);
    }

    [Fact]
    public void The_sharechain_in_a_wallets_file_cannot_be_changed()
    {
        using var seed = Seed.Create();
        var path = CliSession.SeedPath(_folder);
        SeedFile.Create(path, seed, Word, "devnet", "p2share-k20");
        File.WriteAllText(path, File.ReadAllText(path).Replace("p2share-k20", "p2share-redeem", StringComparison.Ordinal));
        Assert.Equal(
            SeedFileError.WrongPassphrase, Assert.Throws<SeedFileException>(() => SeedFile.Open(path, Word)).Error);
    }

    [Fact]
    public void The_same_words_are_another_wallet_on_another_sharechain()
    {
        using var seed = Seed.Create();
        using var own = new WalletKeys(seed, "devnet");
        using var other = new WalletKeys(seed, "devnet", "p2share-k20");
        Assert.NotEqual(own.Account, other.Account);
        Assert.NotEqual(own.SwapPublicKeys(0), other.SwapPublicKeys(0));
        foreach (var chain in Enum.GetValues<Chains.ChainKind>())
            Assert.NotEqual(own.ScriptOf(chain, false, 0), other.ScriptOf(chain, false, 0));
        using var again = new WalletKeys(seed, "devnet", "p2share-k20");
        Assert.Equal(other.Account, again.Account);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, "--network", "devnet", "--sharechain", "p2share-k20")]
    [InlineData("wrong-sharechain", "--sharechain", "p2share")]
    [InlineData("wrong-sharechain", "--sharechain", "p2share-next")]
    [InlineData("wrong-network", "--network", "regtest")]
    public void A_rescue_of_a_wallets_file_is_of_no_other_chains_than_are_named(string? code, params string?[]? named)
    {
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Word);
        using var seed = Seed.Create();
        SeedFile.Create(CliSession.SeedPath(_folder), seed, Word, "devnet", "p2share-k20");
        var arguments = MarketProgram.BuildRoot().Parse(["rescue", "--wallet", _folder, .. (named ?? []).OfType<string>()]);
        Assert.Empty(arguments.Errors);

        if (code is not null)
        {
            Assert.Equal(code, Assert.Throws<CliException>(() => RescueCommand.SeedOf(arguments)).Code);
            return;
        }

        using var opened = RescueCommand.SeedOf(arguments).Seed;
        Assert.Equal(seed.Secret.ToArray(), opened.Secret.ToArray());
    }

    [Fact]
    public void A_rescue_of_words_names_the_sharechains_that_it_does_not_look_at()
    {
        using var seed = Seed.Create();
        var own = RescueCommand.NotLookedAt(new OpenedSeed(seed, "devnet", null), isOfWords: true);
        Assert.Contains("p2share-k20", own);
        Assert.DoesNotContain("p2share", own);

        // Shares of no other design change hands on this market.
        Assert.DoesNotContain("p2pool", own);
        var other = RescueCommand.NotLookedAt(new OpenedSeed(seed, "devnet", "p2share-k20"), isOfWords: true);
        Assert.Contains("p2share", other);
        Assert.DoesNotContain("p2share-k20", other);
        Assert.Empty(RescueCommand.NotLookedAt(new OpenedSeed(seed, "devnet", null), isOfWords: false));
    }

    /// <summary>A market that answers what is asked of books, tapes and orders with nothing.</summary>
    private sealed class PlayedMarket : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly string[] _instruments;
        private readonly Task _serving;

        public PlayedMarket(params string[] instruments)
        {
            _instruments = instruments;
            Address = $"http://127.0.0.1:{NodeHost.FreePort()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Address { get; }

        public List<string> Asked { get; } = [];

        public Task<int> RunAsync(string[] arguments) => MarketProgram.RunAsync([.. arguments, "--server", Address])
            .WaitAsync(Patience, TestContext.Current.CancellationToken);

        public void Dispose()
        {
            _listener.Close();
            _serving.Wait();
        }

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    var path = context.Request.Url!.AbsolutePath;
                    Asked.Add(path);
                    context.Response.ContentType = "application/json";
                    await JsonSerializer.SerializeAsync(context.Response.OutputStream, Answer(path), MarketJson.Options);
                    context.Response.Close();
                }
                catch (Exception error) when (error is HttpListenerException or InvalidOperationException)
                {
                    return;
                }
            }
        }

        private object Answer(string path) => path.Split('/')[3..] switch
        {
            ["instruments"] => _instruments.Select(InstrumentOf).ToArray(),
            ["instruments", var id] => InstrumentOf(id),
            ["instruments", var id, "book"] => new BookSnapshot
            {
                Instrument = id,
                Sequence = 1,
                Time = default,
                Bids = [],
                Asks = [],
                Checksum = 0,
            },
            ["instruments", _, "trades"] => new Page<Trade> { Items = [] },
            ["instruments", var id, _] => new SwapCounts
            {
                Instrument = id,
                Moving = 0,
                Settled = 0,
                Failed = 0,
                FailedByNobody = 0,
                Sides = [],
            },
            _ => new Page<Order> { Items = [] },
        };

        private static Instrument InstrumentOf(string id) => new()
        {
            Id = id,
            Base = id,
            Quote = "BTC",
            Sharechain = id,
            Network = "devnet",
            Status = InstrumentStatus.Open,
            Rules = new TradingRules
            {
                TickSize = new Price(10),
                LotSize = new Quantity(1),
                MinQuantity = new Quantity(1),
                MaxQuantity = new Quantity(1),
                MinNotional = new Sats(1),
                MaxPrice = new Price(1_000),
                MaxOpenOrders = 1,
                MaxOutpoints = 1,
                MakerFee = 0,
                TakerFee = 0,
                OrderTypes = [OrderType.Limit],
                TimesInForce = [TimeInForce.Gtc],
            },
        };
    }
}
