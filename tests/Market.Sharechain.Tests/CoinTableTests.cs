using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>The table of unspent outputs against a plain list, walked from end to end.</summary>
public sealed class CoinTableTests
{
    private const int Rounds = 12_000;

    [Theory]
    [InlineData(1, 35)]
    [InlineData(2, 50)]
    [InlineData(3, 65)]
    public void Holds_what_a_plain_list_holds(int seed, int removals)
    {
        var random = new Random(seed);
        var table = new CoinTable();
        var plain = new SortedDictionary<int, (ShareCoin Coin, bool IsMature)>();
        var gone = new List<ShareCoin>();
        var next = 0;
        for (var round = 0; round < Rounds; round++)
        {
            if (round > Rounds / 4 && plain.Count > 0 && random.Next(100) < removals)
            {
                var (place, (coin, _)) = plain.ElementAt(random.Next(plain.Count));
                Assert.Equal(coin, table.Remove(coin.OutPoint));
                plain.Remove(place);
                gone.Add(coin);
            }
            else
            {
                var coin = random.Next(4) == 0 && gone.Count > 0 ? TakeLast(gone) : Made(random, next++);
                var isMature = random.Next(3) > 0;
                table.Add(coin.OutPoint, coin.Coin, coin.Place, coin.Payout, isMature);
                if (random.Next(8) == 0)
                {
                    table.SetMature(coin.Place, !isMature);
                    isMature = !isMature;
                }

                plain.Add(coin.Place, (coin, isMature));
            }

            if (round % 499 == 0)
            {
                Same(table, plain, gone, random);
            }
        }

        Same(table, plain, gone, random);
    }

    [Fact]
    public void A_name_is_there_once_or_not()
    {
        var table = new CoinTable();
        var coin = Made(new Random(1), 0);
        Assert.Throws<InvalidOperationException>(() => table.Remove(coin.OutPoint));
        table.Add(coin.OutPoint, coin.Coin, 0, coin.Payout, isMature: true);
        Assert.Throws<InvalidOperationException>(() => table.Add(coin.OutPoint, coin.Coin, 1, coin.Payout, isMature: true));
        Assert.Equal(coin, table.Remove(coin.OutPoint));
        Assert.Equal((0, 0L), (table.Count, table.Units));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 40)]
    [InlineData(3, int.MaxValue)]
    public void Places_are_found_by_their_hashes_however_these_collide(int seed, int hashes)
    {
        // Few hashes near the end of their range: what does not fit behind them goes on at the beginning.
        var random = new Random(seed);
        var found = new HashedPlaces();
        var plain = new List<(uint Hash, int Place)>();
        for (var round = 0; round < 8_000; round++)
        {
            if (plain.Count > 0 && random.Next(100) < (round < 4_000 ? 30 : 60))
            {
                var at = random.Next(plain.Count);
                found.Remove(plain[at].Hash, plain[at].Place);
                plain.RemoveAt(at);
            }
            else
            {
                var hash = uint.MaxValue - (uint)random.Next(hashes);
                found.Add(hash, round);
                plain.Add((hash, round));
                if (random.Next(5) == 0)
                {
                    found.Replace(hash, round, round + 100_000);
                    plain[^1] = (hash, round + 100_000);
                }
            }

            if (round % 97 == 0)
            {
                var sought = plain.Count > 0 ? plain[random.Next(plain.Count)].Hash : 7;
                var places = plain.Where(each => each.Hash == sought).Select(each => each.Place);
                Assert.Equal(places.Order(), All(found, sought).Order());
                Assert.Equal(plain.Count, found.Count);
            }
        }

        Assert.All(plain, each => Assert.Contains(each.Place, All(found, each.Hash)));
        Assert.Throws<InvalidOperationException>(() => found.Remove(5, 5));
    }

    private static List<int> All(HashedPlaces found, uint hash)
    {
        var places = new List<int>();
        for (var at = found.Start(hash); found.Next(hash, ref at) is var place and >= 0;)
        {
            places.Add(place);
        }

        return places;
    }

    private static void Same(
        CoinTable table, SortedDictionary<int, (ShareCoin Coin, bool IsMature)> plain, List<ShareCoin> gone, Random random)
    {
        var coins = plain.Values.Select(each => each.Coin).ToArray();
        Assert.Equal(coins.Length, table.Count);
        Assert.Equal(coins, table.InOrder);
        Assert.Equal(coins, table.All.OrderBy(coin => coin.Place));
        Assert.All(gone.TakeLast(20), coin => Assert.Null(table.Find(coin.OutPoint)));
        foreach (var script in coins.Select(coin => coin.Coin.Output.ScriptPubKey).Distinct())
        {
            Assert.Equal(coins.Where(coin => coin.Coin.Output.ScriptPubKey == script), table.WithScript(script));
        }

        var weights = plain.Values.Select(each => each.IsMature ? each.Coin.Weight : 0).ToArray();
        Assert.Equal(weights.Sum(), table.Units);
        if (table.Units > 0)
        {
            var unit = random.NextInt64(table.Units);
            var left = unit;
            Assert.Equal(coins[Array.FindIndex(weights, weight => (left -= weight) < 0)], table.Holder(unit));
        }

        // Looking ahead finds what is here, and changes nothing.
        var some = coins.OrderBy(_ => random.Next()).Take(CoinTable.Ahead / 2).ToArray();
        var none = gone.TakeLast(CoinTable.Ahead / 2).ToArray();
        Assert.Equal(some.Length, table.LookAhead([.. some.Concat(none).Select(coin => coin.OutPoint)]));
        Assert.InRange(table.LookAhead(none), 0, none.Length);
        Assert.Equal(coins, table.InOrder);
    }

    private static ShareCoin TakeLast(List<ShareCoin> coins)
    {
        var last = coins[^1];
        coins.RemoveAt(coins.Count - 1);
        return last;
    }

    // Few scripts, so that many outputs are under each: some too long to be paid, some too long to be kept beside the rest.
    private static ShareCoin Made(Random random, int place)
    {
        var script = random.Next(9) switch
        {
            0 => new Script(Enumerable.Repeat((byte)0x51, 40).ToArray()),
            1 => new Script(Enumerable.Repeat((byte)0x51, 60).ToArray()),
            2 => Script.Empty,
            var other => Lab.Owner((byte)other),
        };
        var payout = random.Next(6) == 0 ? Lab.Owner(99) : PayoutAnnotation.OwnPayout(script);
        var coin = new Coin(
            new TxOut(new Amount(random.Next(1_000)), script), random.Next(1_000), random.Next(2) == 0, (uint)random.Next());
        var id = new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(place)));
        return new ShareCoin(new OutPoint(id, (uint)place), coin, place, payout);
    }
}
