using Market.Bitcoin;
using Market.Chains;
using Market.Client.Keys;
using Market.Client.Recovery;
using Market.Client.Tests.Recovery;
using Market.Client.Wallets;
using Market.Testing.Chains;

namespace Market.Client.Tests.Wallets;

/// <summary>A winner of a Bitcoin block is paid to the script that holds its shares: that is the wallet's bitcoin like any
/// other.</summary>
public sealed class WalletRewardTests
{
    [Fact]
    public async Task What_shares_won_is_in_the_balance_at_once_and_spent_once_bitcoin_lets_it()
    {
        var clock = new ManualClock();
        await using var main = await Lab.MainchainAsync(clock, premine: 3);
        await using var shares = await ShareLab.NodeAsync(main, clock);
        using var seed = Seed.Create();
        using var keys = new WalletKeys(seed, "devnet");
        var wallet = new Wallet(keys, WalletFile.Open(null, Devnet.Chains), main, shares);
        await ShareLab.MineAsync(shares, clock, 1, wallet.PrimaryScript(ChainKind.Sharechain));

        // Any hash is a Bitcoin block there, and the first pays who found it.
        var won = Assert.Single(await wallet.GetCoinsAsync(ChainKind.Mainchain));
        Assert.Equal(wallet.PrimaryScript(ChainKind.Sharechain), won.Coin.Output.ScriptPubKey);
        Assert.Equal((new KeyPlace(ChainKind.Sharechain, false, 0), false), (won.Key, won.IsSpendable));
        Assert.Equal(won.Value, (await wallet.GetBalanceAsync(ChainKind.Mainchain)).Immature);

        await main.MineAsync(main.CoinbaseMaturity);
        var half = new Amount(won.Value.Sats / 2);
        var spend = await wallet.BuildAsync(ChainKind.Mainchain, [new TxOut(half, Coins.Owner(8))], FeeRate.MinimumRelay);
        Assert.Equal(won.OutPoint, Assert.Single(spend.Coins).OutPoint);
        Assert.True((await main.BroadcastAsync(spend.Transaction)).IsSuccess);
        await main.MineAsync(1);
        Assert.Equal(won.Value - half - spend.Fee, (await wallet.GetBalanceAsync(ChainKind.Mainchain)).Spendable);
    }

    [Fact]
    public async Task A_lock_that_a_reward_paid_for_is_known_again_by_the_seed_alone()
    {
        await using var lab = await RecoveryLab.StartAsync(ChainKind.Sharechain);
        await lab.LockFirstAsync();
        await lab.MineAsync();
        await lab.LockSecondAsync();
        await lab.MineAsync();

        var swap = Assert.Single((await SwapRecovery.FindAsync(lab.Restore(lab.Buyer), RecoveryLab.Network)).Swaps);

        Assert.Equal(lab.SecondLock.Id, Assert.Single(swap.Locks()).TxId);
    }
}
