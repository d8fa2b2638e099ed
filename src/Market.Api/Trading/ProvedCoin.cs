using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Trading;

/// <summary>A coin whose address said that orders of an account may draw on it.</summary>
/// <param name="Coin">Its name among those of all chains.</param>
/// <param name="Chain">The kind of its chain.</param>
/// <param name="Key">The account's key, x-only hex.</param>
/// <param name="Value">Satoshis or base units.</param>
/// <param name="Script">What locks it on chain.</param>
/// <param name="ProvedAt">When it was proved.</param>
/// <param name="ExpiresAt">Until when orders may stand on it.</param>
public sealed record ProvedCoin(
    PromisedCoin Coin, ChainKind Chain, string Key, long Value, Script Script, DateTimeOffset ProvedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Of shares that expire: the height that they expire with; null of other coins.</summary>
    public int? Root { get; init; }

    /// <summary>True for what was left of a proved coin that a swap of its account spent.</summary>
    public bool IsChange { get; init; }

    /// <summary>A coin as its table has it.</summary>
    public static ProvedCoin Of(ProvedOutpointRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new ProvedCoin(
            new PromisedCoin(row.ChainName, new OutPoint(new TxId(new Hash256(row.TxId)), (uint)row.Index)), (ChainKind)row.Chain,
            row.Key, row.Value, new Script(row.Script), row.ProvedAt, row.ExpiresAt)
        {
            Root = row.Root,
            IsChange = row.Change,
        };
    }

    /// <summary>It as a coin behind an order, of which nothing is drawn yet.</summary>
    /// <param name="hold">How it stands there.</param>
    /// <param name="isNamed">Whether the order named it, or got it when it was placed.</param>
    public Backing Backing(CoinHold hold, bool isNamed) => new(Chain, Coin.OutPoint, Value, Script, isNamed) { Hold = hold };
}
