using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Standing;

namespace Market.Client.Wallets;

/// <summary>A bond of the wallet, as its chain has it.</summary>
/// <param name="Chain">Where it is.</param>
/// <param name="Month">Months since January 2020: which key and which time.</param>
/// <param name="Script">Its lock.</param>
/// <param name="Coin">The output.</param>
public sealed record WalletBond(ChainKind Chain, uint Month, BondScript Script, UnspentOutput Coin);

/// <summary>
/// Coins that the wallet has at stake. A bond is locked until the first moment of a month (UTC), and its key belongs to that
/// month: so the seed alone finds every bond again, with no note of any.
/// </summary>
/// <param name="wallet">Whose.</param>
public sealed class WalletBonds(Wallet wallet)
{
    /// <summary>A bond is locked for at most so many months.</summary>
    public const int MostMonths = 240;

    /// <summary>Months that have passed in which bonds are still looked for.</summary>
    public const int PastMonths = 60;

    private const int FirstYear = 2020;

    /// <summary>The month that a time lies in.</summary>
    public static uint MonthOf(DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        return (uint)Math.Max(0, ((utc.Year - FirstYear) * 12) + utc.Month - 1);
    }

    /// <summary>The first moment of a month.</summary>
    /// <param name="month">Months since January 2020.</param>
    public static DateTimeOffset StartOf(uint month) =>
        new(FirstYear + (int)(month / 12), (int)(month % 12) + 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The lock of a month.</summary>
    public BondScript ScriptOf(ChainKind chain, uint month)
    {
        using var key = wallet.Keys.BondKey(chain, month);
        return BondScript.Create(key.PublicKey, StartOf(month).ToUnixTimeSeconds())
            ?? throw new InvalidOperationException("A month's first moment is a locktime.");
    }

    /// <summary>Looks for the wallet's bonds: of the months that have passed lately and of those to come.</summary>
    /// <param name="chain">Where.</param>
    /// <param name="now">The clock.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ImmutableArray<WalletBond>> FindAsync(
        ChainKind chain, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var current = MonthOf(now);
        var found = ImmutableArray.CreateBuilder<WalletBond>();
        for (var month = (uint)Math.Max(0, (int)current - PastMonths); month <= current + MostMonths; month++)
        {
            var script = ScriptOf(chain, month);
            foreach (var coin in await wallet.On(chain).GetCoinsAsync(script.ScriptPubKey, cancellation).ConfigureAwait(false))
            {
                found.Add(new WalletBond(chain, month, script, coin));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>Signs that a bond is an account's stake at a market.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="host">The market as its Host header names it.</param>
    /// <param name="account">Hex of the account's x-only key.</param>
    public string Prove(WalletBond bond, string host, string account)
    {
        ArgumentNullException.ThrowIfNull(bond);
        using var key = wallet.Keys.BondKey(bond.Chain, bond.Month);
        var text = BondProof.Text(
            host, account, wallet.On(bond.Chain).Name, bond.Coin.OutPoint, bond.Script.Locktime);
        return BondProof.Sign(text, key);
    }

    /// <summary>What takes a bond back to the wallet; null where what is left would be dust.</summary>
    public Transaction? Withdraw(WalletBond bond, FeeRate rate)
    {
        ArgumentNullException.ThrowIfNull(bond);
        using var key = wallet.Keys.BondKey(bond.Chain, bond.Month);
        return bond.Script.TryWithdraw(
            bond.Coin.OutPoint, bond.Coin.Output.Value, key, wallet.NewScript(bond.Chain), rate, out var transaction)
            ? transaction
            : null;
    }
}
