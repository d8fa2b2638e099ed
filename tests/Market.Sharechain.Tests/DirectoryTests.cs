using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>The directory: an authority announces a market in a share, and the chain says which stand.</summary>
public sealed class DirectoryTests : IDisposable
{
    private const string Address = "https://market.example:8443";
    private static readonly Hash256 MarketKey = new(XOnlyPublicKey.Nums.Span);

    private readonly Lab _lab = new();
    private readonly PrivateKey _authority = PrivateKey.Create([.. Enumerable.Repeat((byte)7, 32)]);
    private readonly PrivateKey _stranger = PrivateKey.Create([.. Enumerable.Repeat((byte)8, 32)]);

    public DirectoryTests()
    {
        _lab.AddMany(7, Lab.Owner(1));
        Main.Grow(60);
        Add(Lost(_authority, Main.Tip.Height - 6).ToOutputs());
    }

    private PlainMainchain Main => _lab.Mainchain;

    private int TermEnd => _lab.State.Late[0].MainHeight + _lab.Profile.Late!.Term;

    private ImmutableArray<DirectoryEntry> Directory => _lab.State.Directory(Main.Tip.Height);

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public void A_market_stands_until_its_own_end_or_its_authoritys()
    {
        Add([Say(_authority, 1, Main.Tip.Height + 9).ToOutput()]);

        var entry = Assert.Single(Directory);
        Assert.Equal((Address, "0.1 % a fill", MarketKey), Told(entry));
        Assert.Equal((Main.Tip.Height + 9, _lab.State.Height), (entry.Until, entry.Market.Height));
        Assert.Equal(_lab.State.Late, entry.Works);
        Assert.Single(_lab.State.Directory(Main.Tip.Height + 9));
        Assert.Empty(_lab.State.Directory(Main.Tip.Height + 10));

        Add([Say(_authority, 2, int.MaxValue).ToOutput()]);
        Assert.Equal(TermEnd, Assert.Single(Directory).Until);
        Assert.Single(_lab.State.Directory(TermEnd));
        Assert.Empty(_lab.State.Directory(TermEnd + 1));
    }

    [Fact]
    public void Only_an_authority_that_signed_it_for_this_chain_announces()
    {
        var said = Say(_authority, 1, TermEnd);
        var signature = said.Signature.ToArray();
        signature[3] ^= 1;
        Add([
            Say(_stranger, 1, TermEnd).ToOutput(),
            (said with { Address = "https://other.example" }).ToOutput(),
            (said with { Signature = signature }).ToOutput(),
            Sign(said, _authority, new ShareId(MarketKey)).ToOutput(),
        ]);
        Assert.Empty(Directory);

        // What an authority did not sign takes nobody's place, however much of it somebody puts before.
        var unsigned = (said with { Signature = signature }).ToOutput();
        Add([
            .. Enumerable.Repeat(unsigned, 9), .. Enumerable.Repeat(Say(_stranger, 1, TermEnd).ToOutput(), 9), said.ToOutput(),
        ]);
        Assert.Single(Directory);
    }

    [Fact]
    public void A_higher_number_replaces_and_an_old_one_sent_again_does_not()
    {
        var (first, second) = (Say(_authority, 4, TermEnd, "https://old.example"), Say(_authority, 5, TermEnd));
        Add([first.ToOutput()]);
        Add([second.ToOutput()]);
        Assert.Equal(Address, Assert.Single(Directory).Market.Announcement.Address);

        Add([first.ToOutput(), Say(_authority, 5, TermEnd, "https://same.example").ToOutput()]);
        Assert.Equal(Address, Assert.Single(Directory).Market.Announcement.Address);
    }

    [Fact]
    public void An_authority_whose_term_is_over_announces_nothing_more()
    {
        Main.Grow(TermEnd - Main.Tip.Height + 1);
        Add([Say(_authority, 1, int.MaxValue).ToOutput()]);
        Assert.Empty(_lab.State.Directory(TermEnd));
    }

    [Fact]
    public void More_work_stands_first_then_who_stands_longer()
    {
        Add(Lost(_stranger, Main.Tip.Height - 7).ToOutputs());
        Add([Say(_authority, 1, Main.Tip.Height + 5).ToOutput(), Say(_stranger, 1, Main.Tip.Height + 9).ToOutput()]);
        Assert.Equal([KeyOf(_stranger), KeyOf(_authority)], Directory.Select(entry => entry.Market.Announcement.Authority));

        Add(Lost(_authority, Main.Tip.Height - 8).ToOutputs());
        Assert.Equal([KeyOf(_authority), KeyOf(_stranger)], Directory.Select(entry => entry.Market.Announcement.Authority));
        Assert.Equal(2, Directory[0].Works.Length);
    }

    [Fact]
    public void A_reorganisation_takes_it_back_and_snapshots_hold_it()
    {
        Add([Say(_authority, 1, TermEnd, "https://old.example").ToOutput()]);
        var before = _lab.State.StateHash();
        var rival = _lab.Twin();
        Add([Say(_authority, 2, TermEnd).ToOutput()]);
        Assert.NotEqual(before, _lab.State.StateHash());
        Assert.True(SharechainState.TryRestore(_lab.State.ToSnapshot(), _lab.Profile, _lab.Scripts, out var state));
        Assert.Equal(Address, Assert.Single(state.Directory(Main.Tip.Height)).Market.Announcement.Address);
        Assert.Equal(_lab.State.StateHash(), state.StateHash());
        var undo = ShareUndo.Parse(_lab.Store.GetUndo(_lab.Chain.TipNode.Id)!.ToArray())!;
        Assert.Equal(
            "https://old.example", Assert.Single(undo.Announced).Market!.Announcement.Address);

        var height = rival.State.Height;
        rival.AddMany(2, Lab.Owner(2));
        _lab.Now = rival.Now;
        _lab.Submit(ReorgTests.Block(rival, height + 1));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(ReorgTests.Block(rival, height + 2)).Outcome);
        Assert.Equal("https://old.example", Assert.Single(Directory).Market.Announcement.Address);
        Assert.Equal(rival.State.StateHash(), _lab.State.StateHash());
    }

    [Theory]
    [InlineData("https://a.example", true)]
    [InlineData("http://abcdefghij234567.onion:81", true)]
    [InlineData("https://10.0.0.1:8080", true)]
    [InlineData("https://a.example:443", false)]
    [InlineData("http://a.example:80", false)]
    [InlineData("https://a.example:08", false)]
    [InlineData("https://a.example:65536", false)]
    [InlineData("https://a.example:", false)]
    [InlineData("https://a.example/", false)]
    [InlineData("https://user@a.example", false)]
    [InlineData("https://A.example", false)]
    [InlineData("https://a..example", false)]
    [InlineData("https://-a.example", false)]
    [InlineData("HTTPS://a.example", false)]
    [InlineData("ftp://a.example", false)]
    [InlineData("https://", false)]
    [InlineData("", false)]
    public void An_address_has_one_form(string address, bool isOne)
    {
        Assert.Equal(isOne, MarketAnnouncement.WrongWithAddress(address) is null);
        Assert.Equal(isOne, MarketAnnouncement.Read(Say(_authority, 1, TermEnd, address).ToOutput()) is not null);
    }

    [Fact]
    public void Its_bytes_have_one_form()
    {
        var said = Say(_authority, 1, TermEnd);
        var output = said.ToOutput();
        var content = output.ScriptPubKey.Span[3..].ToArray();
        var read = MarketAnnouncement.Read(output)!;
        Assert.Equal(said with { Signature = default }, read with { Signature = default });
        Assert.Equal(said.Signature.ToArray(), read.Signature.ToArray());
        var longer = Say(_authority, 1, TermEnd, terms: new string('x', MarketAnnouncement.MostTerms)).ToOutput();
        Assert.Equal(0x4d, longer.ScriptPubKey.Span[1]);
        Assert.NotNull(MarketAnnouncement.Read(longer));

        Assert.Null(Read([0x6a, 0x4d, (byte)content.Length, 0, .. content]));
        Assert.Null(Read([0x6a, 0x4c, (byte)(content.Length + 1), .. content, 0]));
        Assert.Null(Read([0x6a, 0x4c, (byte)(content.Length - 1), .. content[..^1]]));
        Assert.Null(Read([.. output.ScriptPubKey.Span, 0]));
        Assert.Null(Read([0x6a]));
        Assert.Null(Read([]));
        Assert.Null(MarketAnnouncement.Read(output with { Value = new Amount(1) }));
        Assert.Null(MarketAnnouncement.Read((said with { Until = -1 }).ToOutput()));
        Assert.Null(MarketAnnouncement.Read((said with { Terms = "two\nlines" }).ToOutput()));
        Assert.Null(MarketAnnouncement.Read((said with { Terms = new string('x', MarketAnnouncement.MostTerms + 1) }).ToOutput()));

        static MarketAnnouncement? Read(byte[] script) => MarketAnnouncement.Read(new TxOut(Amount.Zero, new Script(script)));
    }

    private static (string Address, string Terms, Hash256 Market) Told(DirectoryEntry entry) =>
        (entry.Market.Announcement.Address, entry.Market.Announcement.Terms, entry.Market.Announcement.Market);

    private static Hash256 KeyOf(PrivateKey key) => new(key.PublicKey.XOnly.Span);

    private MarketAnnouncement Say(
        PrivateKey key, uint number, int until, string address = Address, string terms = "0.1 % a fill") =>
        Sign(new MarketAnnouncement(KeyOf(key), MarketKey, number, until, address, terms, default), key, _lab.Profile.GenesisId);

    private static MarketAnnouncement Sign(MarketAnnouncement said, PrivateKey key, ShareId genesis) =>
        said with { Signature = key.SignSchnorr(said.Digest(genesis), new byte[32]).Span.ToArray() };

    // A block of a height that nobody builds on, its work done.
    private LateRegistration Lost(PrivateKey key, int height)
    {
        var below = Main.Ancestor(Main.Tip.Id, height - 1)!.Value;
        var input = new TxIn(OutPoint.Null, Lab.Bytes([.. CoinbaseHeight.Push(height), 1, 0]), TxIn.FinalSequence);
        var coinbase = new Transaction(
            2, [input], [new TxOut(new Amount(5), Lab.Owner(9)), LateRegistration.KeyOutput(KeyOf(key))], 0);
        for (uint nonce = 0; ; nonce++)
        {
            var header = new BlockHeader(
                0x20000000, below, coinbase.Id.Value, PlainMainchain.MedianTimePast + 1, PlainMainchain.Bits, nonce);
            if (header.MeetsOwnTarget)
            {
                return new LateRegistration(header, coinbase, []);
            }
        }
    }

    private void Add(ImmutableArray<TxOut> outputs)
    {
        var coin = _lab.State.Coins.Where(_lab.State.IsMature).OrderBy(each => each.Place).First();
        var share = _lab.Next(Lab.Owner(1), Lab.Spend(coin.OutPoint, [new TxOut(coin.Value, Lab.Owner(1)), .. outputs]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(share).Outcome);
    }
}
