namespace Market.Bitcoin.Wallet.Tests.Building;

public sealed class CoinSelectorTests
{
    private static readonly Script Own = Script.FromHex("0014" + new string('1', 40));
    private static readonly Script Other = Script.FromHex("0020" + new string('2', 64));

    [Fact]
    public void Takes_the_smallest_coin_that_suffices()
    {
        var selection = CoinSelector.Select(Coins(1_000, 50_000, 90_000), [Pay(40_000)], Own, FeeRate.PerVByte(1))!;

        Assert.Equal(50_000, Assert.Single(selection.Coins).Output.Value.Sats);
    }

    [Fact]
    public void Joins_the_largest_coins_where_none_suffices_alone()
    {
        var selection = CoinSelector.Select(Coins(10_000, 30_000, 20_000), [Pay(45_000)], Own, FeeRate.PerVByte(1))!;

        Assert.Equal([30_000, 20_000], selection.Coins.Select(coin => coin.Output.Value.Sats));
    }

    [Fact]
    public void Gives_dust_to_the_miners()
    {
        var selection = CoinSelector.Select(Coins(40_400), [Pay(40_000)], Own, FeeRate.PerVByte(1))!;

        Assert.Equal(Amount.Zero, selection.Change);
        Assert.Equal(400, selection.Fee.Sats);
    }

    [Fact]
    public void Says_when_the_coins_do_not_suffice() =>
        Assert.Null(CoinSelector.Select(Coins(40_000), [Pay(40_000)], Own, FeeRate.PerVByte(1)));

    [Fact]
    public void Every_satoshi_is_paid_change_or_fee()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var coins = Coins([.. Enumerable.Range(0, random.Next(1, 40))
                .Select(_ => random.NextInt64(400, 1_000_000))]);
            var pay = Pay(random.NextInt64(1_000, 5_000_000));
            var rate = new FeeRate(random.Next(1_000, 200_000));
            if (CoinSelector.Select(coins, [pay], Own, rate) is not { } selection)
            {
                continue;
            }

            Assert.Equal(
                selection.Coins.Sum(coin => coin.Output.Value.Sats),
                pay.Value.Sats + selection.Fee.Sats + selection.Change.Sats);
            Assert.True(selection.Change == Amount.Zero || selection.Change >= Dust.Threshold(Own));
            Assert.Equal(selection.Coins.Length, selection.Coins.Select(coin => coin.OutPoint).Distinct().Count());
        }
    }

    [Theory]
    [InlineData("0014", 40, 294)]
    [InlineData("0020", 64, 330)]
    [InlineData("5120", 64, 330)]
    [InlineData("a914", 40, 540, "87")]
    [InlineData("76a914", 40, 546, "88ac")]
    public void Dust_is_what_Bitcoin_Core_says(string front, int digits, long expected, string back = "") =>
        Assert.Equal(expected, Dust.Threshold(Script.FromHex(front + new string('0', digits) + back)).Sats);

    private static TxOut Pay(long sats) => new(new Amount(sats), Other);

    private static List<SpendableCoin> Coins(params long[] amounts) => [.. amounts.Select((amount, i) =>
        new SpendableCoin(new OutPoint(default, (uint)i), new TxOut(new Amount(amount), Own)))];
}
