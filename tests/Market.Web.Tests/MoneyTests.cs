using System.Text.Json;
using Market.Contracts;
using Market.Testing;

namespace Market.Web.Tests;

/// <summary>Amounts of bitcoin in both units: to the satoshi, and the same from the server and from the scripts.</summary>
public sealed class MoneyTests
{
    private const string Minus = "\u2212";

    // Gives what the scripts make of each amount: both units, and both as the command line takes them.
    private const string Script = """
        import { buildSync } from 'esbuild';
        const built = buildSync({ entryPoints: ['src/units.ts'], bundle: true, write: false, format: 'esm' });
        const units = await import('data:text/javascript,' + encodeURIComponent(built.outputFiles[0].text));
        const all = ['sat', 'btc'];
        console.log(JSON.stringify(JSON.parse(process.argv[1]).map(sats => [
          ...all.map(unit => units.inUnit(BigInt(sats), unit)), ...all.map(unit => units.inUnit(sats, unit)),
          ...all.map(unit => units.typedIn(BigInt(sats), unit)), ...all.map(unit => units.nameOf(unit)),
        ])));
        """;

    private const string PiecesScript = """
        import { buildSync } from 'esbuild';
        const built = buildSync({ entryPoints: ['src/units.ts'], bundle: true, write: false, format: 'esm' });
        const units = await import('data:text/javascript,' + encodeURIComponent(built.outputFiles[0].text));
        console.log(units.pieces(process.argv[1]).join('|'));
        """;

    public static TheoryData<long, string, string> Cases => new()
    {
        { 0, "0", "0.00000000" },
        { 1, "1", "0.00000001" },
        { 10, "10", "0.00000010" },
        { 546, "546", "0.00000546" },
        { 98_120, "98,120", "0.00098120" },
        { 99_999_999, "99,999,999", "0.99999999" },
        { 100_000_000, "100,000,000", "1.00000000" },
        { 100_000_001, "100,000,001", "1.00000001" },
        { 123_456_789_012, "123,456,789,012", "1,234.56789012" },
        { 2_100_000_000_000_000, "2,100,000,000,000,000", "21,000,000.00000000" },
        { long.MaxValue, "9,223,372,036,854,775,807", "92,233,720,368.54775807" },
        { -1, Minus + "1", Minus + "0.00000001" },
        { -98_120, Minus + "98,120", Minus + "0.00098120" },
        { -250_000_000, Minus + "250,000,000", Minus + "2.50000000" },
        { long.MinValue, Minus + "9,223,372,036,854,775,808", Minus + "92,233,720,368.54775808" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_amount_is_the_same_to_the_satoshi_in_both_units(long sats, string whole, string bitcoin)
    {
        Assert.Equal(whole, Units.Money(sats, MoneyUnit.Sat));
        Assert.Equal(bitcoin, Units.Money(sats, MoneyUnit.Btc));
    }

    [Fact]
    public async Task The_scripts_write_what_the_server_writes()
    {
        var cases = Cases.Select(one => ((long Sats, string Whole, string Bitcoin))one.Data).ToList();
        var said = JsonSerializer.Deserialize<string[][]>(await Programs.RunAsync(
            "node",
            ["--input-type=module", "-e", Script, JsonSerializer.Serialize(cases.Select(one => $"{one.Sats}"))],
            Path.Combine(Vectors.RepositoryRoot, "src", "Market.Web", "client"),
            TimeSpan.FromMinutes(1)))!;
        Assert.Equal(
            cases.Select(one => new[]
            {
                one.Whole, one.Bitcoin, one.Whole, one.Bitcoin,
                Units.Typed(one.Sats, MoneyUnit.Sat), Units.Typed(one.Sats, MoneyUnit.Btc),
                Units.NameOf(MoneyUnit.Sat), Units.NameOf(MoneyUnit.Btc),
            }),
            said);
    }

    [Theory]
    [InlineData(98_120, "98120", "0.00098120BTC")]
    [InlineData(123_456_789_012, "123456789012", "1234.56789012BTC")]
    public void A_price_is_typed_with_its_unit_where_that_has_to_be_said(long sats, string whole, string bitcoin)
    {
        Assert.Equal(whole, Units.Typed(sats, MoneyUnit.Sat));
        Assert.Equal(bitcoin, Units.Typed(sats, MoneyUnit.Btc));
    }

    [Theory]
    [InlineData("Nothing was locked.", "Nothing was locked.")]
    [InlineData("4,900,000 sat were paid, 546 sat beside it.", "|4,900,000| were paid, |546| beside it.")]
    [InlineData("2 sat/vB, 98120 sats, 1.5 sat and 1,23 sat are none.", "2 sat/vB, 98120 sats, 1.5 sat and 1,23 sat are none.")]
    [InlineData("(21,000,000 sat)", "(|21,000,000|)")]
    public async Task Amounts_in_a_sentence_are_found_by_the_server_and_by_the_scripts(string sentence, string pieces)
    {
        Assert.Equal(pieces, string.Join('|', Units.Pieces(sentence)));
        var said = await Programs.RunAsync(
            "node", ["--input-type=module", "-e", PiecesScript, sentence],
            Path.Combine(Vectors.RepositoryRoot, "src", "Market.Web", "client"), TimeSpan.FromMinutes(1));
        Assert.Equal(pieces, said.TrimEnd());
    }

    [Theory]
    [InlineData("\u2013", "\u2013")]
    [InlineData("24.1", "0.000000241")]
    [InlineData("0.125", "0.00000000125")]
    [InlineData("314,200,000", "3.14200000")]
    [InlineData("100", "0.00000100")]
    public void Parts_of_satoshis_keep_their_digits(string sats, string bitcoin) =>
        Assert.Equal(bitcoin, SourceText.Bitcoin(sats));

    [Fact]
    public void A_range_has_both_of_its_ends_in_the_unit() =>
        Assert.Equal(", from 0.000000198 to 0.000000241", SourceText.BitcoinRange(SourceText.Range(19.8, 24.1)));

    [Theory]
    [InlineData(ChainName.Mainchain, 153, 141, "1.1 sat/vB", "0.00001100 BTC/kvB")]
    [InlineData(ChainName.Mainchain, 141, 141, "1.0 sat/vB", "0.00001000 BTC/kvB")]
    [InlineData(ChainName.Sharechain, 153, 141, "1.1 base units/vB", "1.1 base units/vB")]
    [InlineData(ChainName.Mainchain, 153, 0, "", "")]
    public void A_rate_of_fees_is_one_rate_in_both_units(ChainName chain, long fee, int size, string whole, string bitcoin)
    {
        Assert.Equal(whole, SwapText.FeeRate(chain, new Sats(fee), size, MoneyUnit.Sat));
        Assert.Equal(bitcoin, SwapText.FeeRate(chain, new Sats(fee), size, MoneyUnit.Btc));
    }
}
