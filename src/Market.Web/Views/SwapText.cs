using System.Globalization;
using Market.Contracts;

namespace Market.Web;

/// <summary>The words for what the wire says in names.</summary>
public static class SwapText
{
    // Of a kvB.
    private const int VirtualBytes = 1_000;

    /// <summary>Who acts next, in words.</summary>
    public static string Of(SwapActor actor) => actor switch
    {
        SwapActor.Seller => "the seller",
        SwapActor.Buyer => "the buyer",
        SwapActor.Both => "both parties",
        SwapActor.Miners => "miners: blocks are waited for",
        _ => "nobody: it has ended",
    };

    /// <summary>An outcome in a word.</summary>
    public static string Of(SwapOutcome outcome) => outcome.ToString().ToLowerInvariant();

    /// <summary>A chain as paths and headings name it.</summary>
    public static string Of(ChainName chain) => chain == ChainName.Sharechain ? "sharechain" : "mainchain";

    /// <summary>What the first output of a block says: a sharebase pays who mined the block, a mainchain's coinbase whom a payout
    /// rule named.</summary>
    public static string PaidTo(ChainName chain) => chain == ChainName.Sharechain ? "Mined by" : "Paid to";

    /// <summary>A transaction's locktime: a height below 500,000,000, a time from there on (BIP65).</summary>
    public static string Locktime(long locktime) => locktime switch
    {
        0 => "none",
        < 500_000_000 => "block #" + Units.Whole(locktime),
        _ => Units.Moment(DateTimeOffset.FromUnixTimeSeconds(locktime)),
    };

    /// <summary>Whom an output pays: its address, or what kind of script it is.</summary>
    public static string Recipient(TransactionOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (output.Address is { } address) return Units.Short(address, 14, 8);
        return output.Script.StartsWith("6a", StringComparison.Ordinal)
            ? "data (OP_RETURN)"
            : "script " + Units.Short(output.Script, 12, 6);
    }

    /// <summary>The chain that a path names; null for anything else.</summary>
    public static ChainName? Chain(string path) => path switch
    {
        "sharechain" => ChainName.Sharechain,
        "mainchain" => ChainName.Mainchain,
        _ => null,
    };

    /// <summary>Where the explorer shows a transaction.</summary>
    public static string Path(ChainName chain, string transactionId) => $"/explorer/{Of(chain)}/tx/{transactionId}";

    /// <summary>How deep a transaction is, and how deep it has to be while it is not.</summary>
    public static string Depth(SwapConfirmations c)
    {
        ArgumentNullException.ThrowIfNull(c);
        var need = Units.Whole(c.Need);
        return c.Have < c.Need
            ? $"{Units.Whole(c.Have)} of {need} confirmations"
            : $"{Units.Whole(c.Have)} {(c.Have == 1 ? "confirmation" : "confirmations")}, {need} asked for";
    }

    /// <summary>A fee by size: "1.2 sat/vB", or "0.00001200 BTC/kvB" as nodes say it; of shares in base units.</summary>
    public static string FeeRate(ChainName chain, Sats fee, int size, MoneyUnit unit)
    {
        if (size <= 0) return "";
        var rate = Math.Round((decimal)fee.Value / size, 1, MidpointRounding.AwayFromZero);
        return chain == ChainName.Mainchain && unit == MoneyUnit.Btc
            ? $"{Units.Money((long)(rate * VirtualBytes), unit)} BTC/kvB"
            : rate.ToString("0.0", CultureInfo.InvariantCulture)
                + (chain == ChainName.Sharechain ? " base units/vB" : " sat/vB");
    }
}
