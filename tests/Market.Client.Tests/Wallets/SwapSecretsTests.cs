using Market.Bitcoin.Wallet;
using Market.Client.Keys;
using Market.Client.Wallets;

namespace Market.Client.Tests.Wallets;

public sealed class SwapSecretsTests : IDisposable
{
    private readonly Seed _seed = new(Enumerable.Repeat((byte)21, Seed.Length).ToArray());
    private readonly WalletKeys _keys;

    public SwapSecretsTests() => _keys = new WalletKeys(_seed, "devnet");

    public void Dispose()
    {
        _keys.Dispose();
        _seed.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(0x7fffffff)]
    public void A_swaps_keys_are_those_of_the_documented_path(uint index)
    {
        using var master = ExtendedPrivateKey.FromSeed(_seed.Secret);
        using var claim = master.Derive(Path(index, 0));
        using var refund = master.Derive(Path(index, 1));
        using var ownClaim = _keys.SwapClaimKey(index);
        using var ownRefund = _keys.SwapRefundKey(index);

        Assert.Equal(claim.Key.PublicKey, ownClaim.PublicKey);
        Assert.Equal(refund.Key.PublicKey, ownRefund.PublicKey);
        Assert.Equal((ownClaim.PublicKey, ownRefund.PublicKey), _keys.SwapPublicKeys(index));
    }

    [Fact]
    public void The_networks_own_sharechain_has_the_same_keys_named_or_not()
    {
        using var named = new WalletKeys(_seed, "devnet", "p2share");
        using var other = new WalletKeys(_seed, "devnet", "p2share-k20");
        Assert.Equal(_keys.Account, named.Account);
        Assert.NotEqual(_keys.Account, other.Account);
    }

    [Fact]
    public void No_two_swaps_share_a_key_or_a_hash_and_each_is_the_same_again()
    {
        var seen = new HashSet<string>();
        for (uint index = 0; index < 50; index++)
        {
            using var claim = _keys.SwapClaimKey(index);
            using var refund = _keys.SwapRefundKey(index);
            using var preimage = _keys.SwapPreimage(index);
            using var again = _keys.SwapPreimage(index);
            Assert.True(seen.Add(claim.PublicKey.ToString()));
            Assert.True(seen.Add(refund.PublicKey.ToString()));
            Assert.True(seen.Add(preimage.Hash.ToString()));
            Assert.Equal(preimage.Hash, again.Hash);
        }
    }

    [Fact]
    public void There_are_no_more_than_two_to_the_thirty_first() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.SwapClaimKey(0x80000000));

    private static KeyPath Path(uint index, uint part) => KeyPath.Master
        .Child(1017, true).Child(2, true).Child(index, true).Child(part, true);
}
