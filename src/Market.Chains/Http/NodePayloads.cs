using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>How the payloads of the node's HTTP interface are written: camel case, enums by name.</summary>
public static class NodeJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 16,
    };
}

/// <summary>The best block. Ids are in display (reversed) order.</summary>
/// <param name="Chain">The chain's name, as its rules call it.</param>
/// <param name="Id">The block's id.</param>
/// <param name="Height">Genesis is 0.</param>
/// <param name="Time">The header's time, Unix seconds.</param>
/// <param name="MedianTime">Median time past, Unix seconds.</param>
/// <param name="AddressPrefix">Front of the chain's addresses as the node behind it writes them; absent from older servers.
/// </param>
public sealed record TipPayload(
    string Chain, string Id, int Height, uint Time, uint MedianTime, string? AddressPrefix = null)
{
    /// <summary>From a chain's own.</summary>
    public static TipPayload Of(IChain chain, ChainHead head) => new(
        chain.Name, head.Id.ToString(), head.Height, head.Time, head.MedianTimePast, chain.Network.Bech32Hrp);
}

/// <summary>A transaction found.</summary>
/// <param name="Id">Its txid.</param>
/// <param name="Hex">Its bytes with witness.</param>
/// <param name="Block">The block that holds it; absent while unconfirmed.</param>
/// <param name="Height">That block's height.</param>
/// <param name="Confirmations">1 in the tip, 0 while unconfirmed.</param>
public sealed record TransactionPayload(string Id, string Hex, string? Block, int? Height, int Confirmations)
{
    /// <summary>From a chain's own.</summary>
    public static TransactionPayload Of(ChainTransaction found) => new(
        found.Transaction.Id.ToString(), found.Transaction.ToHex(), found.Block?.Id.ToString(), found.Block?.Height,
        found.Confirmations);
}

/// <summary>An unspent output.</summary>
/// <param name="OutPoint">"txid:index".</param>
/// <param name="Value">Base units.</param>
/// <param name="Script">Hexadecimal.</param>
/// <param name="Height">Height of its block; -1 while unconfirmed.</param>
/// <param name="Coinbase">True for an output of a coinbase (sharebase).</param>
/// <param name="Confirmations">1 in the tip, 0 while unconfirmed.</param>
public sealed record CoinPayload(
    string OutPoint, long Value, string Script, int Height, bool Coinbase, int Confirmations)
{
    /// <summary>From a chain's own.</summary>
    public static CoinPayload Of(UnspentOutput coin) => new(
        coin.OutPoint.ToString(), coin.Output.Value.Sats, coin.Output.ScriptPubKey.ToString(), coin.Height,
        coin.IsCoinbase, coin.Confirmations);
}

/// <summary>What became of a transaction offered.</summary>
/// <param name="Id">Its txid.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Detail">More words; empty on success.</param>
public sealed record BroadcastPayload(string Id, BroadcastCode Code, string Detail)
{
    /// <summary>From a chain's own.</summary>
    public static BroadcastPayload Of(BroadcastResult result) =>
        new(result.TxId.ToString(), result.Code, result.Detail);
}

/// <summary>What became of a block or share offered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Refusal">The sharechain's own code; absent for the mainchain and on success.</param>
/// <param name="Detail">More words; empty on success.</param>
/// <param name="MainBlock">The mainchain block that a share's work is enough for; absent where it is not. Whether it became one is
/// not said.</param>
public sealed record SubmitPayload(string Id, SubmitCode Code, string? Refusal, string Detail, string? MainBlock);

/// <summary>A feerate.</summary>
/// <param name="SatsPerKvB">Base units per 1,000 virtual bytes.</param>
public sealed record FeePayload(long SatsPerKvB);

/// <summary>What a miner builds the next mainchain block from, as getblocktemplate has it.</summary>
/// <param name="Previous">The block to build on.</param>
/// <param name="Height">Of the block to be built.</param>
/// <param name="Version">Header version.</param>
/// <param name="Bits">The target, 8 hexadecimal digits.</param>
/// <param name="Time">Unix seconds.</param>
/// <param name="MinimumTime">The least time allowed.</param>
/// <param name="Subsidy">New satoshis.</param>
/// <param name="CoinbaseValue">Subsidy and fees.</param>
/// <param name="Transactions">Hexadecimal, coinbase not among them.</param>
/// <param name="WitnessCommitment">Script of the output that commits to the witnesses; absent before segwit.</param>
public sealed record TemplatePayload(
    string Previous, int Height, int Version, string Bits, uint Time, uint MinimumTime, long Subsidy,
    long CoinbaseValue, string[] Transactions, string? WitnessCommitment)
{
    /// <summary>From a chain's own.</summary>
    public static TemplatePayload Of(MainTemplate template) => new(
        template.Previous.ToString(), template.Height, template.Version, template.Bits.ToString(), template.Time,
        template.MinimumTime, template.Subsidy.Sats, template.CoinbaseValue.Sats,
        [.. template.Transactions.Select(transaction => transaction.ToHex())],
        template.WitnessCommitment?.ToString());
}

/// <summary>Work for a share, ready to hash: for miners that trust the node to have built it right.</summary>
/// <param name="Commitment">
/// What the coinbase carries: SHA256d of the share's header. The share's id depends on the header that is found, too.
/// </param>
/// <param name="Height">Its height.</param>
/// <param name="ShareBits">A hash at or below this target makes a share, 8 hexadecimal digits.</param>
/// <param name="MainBits">A hash at or below this target makes a mainchain block too.</param>
/// <param name="Header">The 80 bytes to hash, nonce last, hexadecimal.</param>
/// <param name="Share">The share block with that header: put the header found in its place and submit it.</param>
/// <param name="Pays">Scripts that the mainchain coinbase pays.</param>
public sealed record ShareTemplatePayload(
    string Commitment, int Height, string ShareBits, string MainBits, string Header, string Share, string[] Pays)
{
    /// <summary>From a chain's own.</summary>
    public static ShareTemplatePayload Of(Market.Sharechain.ShareTemplate template) => new(
        template.Header.Commitment.ToString(), (int)template.Header.Height, template.ShareTarget.ToString(),
        template.MainTarget.ToString(), Hex.Encode(template.MainHeader.ToArray()),
        Hex.Encode(template.ToShare(template.MainHeader).ToArray()),
        [.. template.Winners.Select(script => script.ToString())]);
}

/// <summary>Whom the next share's coinbase pays, and why.</summary>
/// <param name="Parent">The tip that the draw is made from.</param>
/// <param name="Height">Height of the share that would pay.</param>
/// <param name="TotalUnits">Base units that take part; 0 where each miner is paid its own.</param>
/// <param name="Draws">One for each winner; none in designs that pay a window.</param>
/// <param name="Holders">In designs that pay a window whom it pays, the largest first; absent from older servers.</param>
public sealed record PayoutPayload(
    string Parent, int Height, long TotalUnits, DrawPayload[] Draws, HolderPayload[]? Holders = null)
{
    /// <summary>From a chain's own.</summary>
    public static PayoutPayload Of(NextPayout next) => new(
        next.Parent.ToString(), next.Height, next.TotalUnits,
        [
            .. next.Draws.Select(draw => new DrawPayload(
                draw.Index, draw.Unit, draw.Coin.OutPoint.ToString(), draw.Coin.Value.Sats,
                draw.Coin.Payout!.Value.ToString())),
        ],
        [.. next.Holders.Select(HolderPayload.Of)]);
}

/// <summary>One draw.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Unit">The base unit drawn.</param>
/// <param name="OutPoint">The output that holds it.</param>
/// <param name="Value">That output's base units.</param>
/// <param name="Script">The payout script, hexadecimal.</param>
public sealed record DrawPayload(int Index, long Unit, string OutPoint, long Value, string Script);

/// <summary>A payout script and what it holds.</summary>
/// <param name="Script">The payout script, hexadecimal.</param>
/// <param name="Weight">Base units that take part in the payout.</param>
public sealed record HolderPayload(string Script, long Weight)
{
    /// <summary>From a chain's own.</summary>
    public static HolderPayload Of(Market.Sharechain.Holder holder) => new(holder.Script.ToString(), holder.Weight);
}

/// <summary>Who takes part in the next payout.</summary>
/// <param name="Tip">The share that it is said of.</param>
/// <param name="Height">Its height.</param>
/// <param name="TotalUnits">Base units that take part.</param>
/// <param name="Count">Payout scripts that they are of.</param>
/// <param name="Holders">The largest of those.</param>
public sealed record HoldersPayload(string Tip, int Height, long TotalUnits, int Count, HolderPayload[] Holders)
{
    /// <summary>From a chain's own.</summary>
    /// <param name="holders">The chain's.</param>
    /// <param name="limit">How many are told by name at most.</param>
    public static HoldersPayload Of(ShareHolders holders, int limit) => new(
        holders.Tip.ToString(), holders.Height, holders.TotalUnits, holders.Count,
        [.. holders.Largest.Take(limit).Select(HolderPayload.Of)]);
}

/// <summary>Figures of the sharechain.</summary>
/// <param name="Supply">Base units in all unspent outputs.</param>
/// <param name="MatureUnits">Base units that take part in the next draw.</param>
/// <param name="Coins">How many outputs are unspent.</param>
/// <param name="NextBits">Target of the next share, 8 hexadecimal digits.</param>
/// <param name="MainHeight">Height of the mainchain block that the tip builds on.</param>
public sealed record FiguresPayload(long Supply, long MatureUnits, int Coins, string NextBits, int MainHeight)
{
    /// <summary>From a chain's own.</summary>
    public static FiguresPayload Of(ShareFigures figures) => new(
        figures.Supply.Sats, figures.MatureUnits, figures.Coins, figures.NextBits.ToString(), figures.MainHeight);
}

/// <summary>A tip that changed, on the event stream.</summary>
/// <param name="Tip">The new tip.</param>
/// <param name="Disconnected">Ids of blocks that left the best chain, newest first.</param>
/// <param name="Connected">Ids of blocks that joined it, oldest first.</param>
public sealed record TipChangedPayload(TipPayload Tip, string[] Disconnected, string[] Connected);

/// <summary>A transaction that entered the mempool, or a weak share that waits to be named, on the event stream.</summary>
/// <param name="Id">Its txid, or the share's id.</param>
/// <param name="Hex">Its bytes with witness, or what travels of the share: header, proof, sharebase, branch.</param>
public sealed record SeenPayload(string Id, string Hex);

/// <summary>A transaction that left the mempool other than into a block, on the event stream.</summary>
/// <param name="Id">Its txid.</param>
/// <param name="Reason">Why.</param>
public sealed record DroppedPayload(string Id, DropReason Reason);

/// <summary>How late work stands that a node was asked to carry.</summary>
/// <param name="Block">The mainchain block that lost.</param>
/// <param name="Refusal">Why the next share could not register it; absent where it could.</param>
/// <param name="Height">The height that its coinbase names; absent where that is none near the tip's.</param>
/// <param name="From">Height of the mainchain's tip, from where that is seen.</param>
/// <param name="IsRegistered">True where it is registered already.</param>
/// <param name="IsCarried">True where the sharebases of the node's templates carry it from now on.</param>
public sealed record LateStandingPayload(
    string Block, LateRefusal? Refusal, int? Height, int From, bool IsRegistered, bool IsCarried)
{
    /// <summary>Of what a node says.</summary>
    public static LateStandingPayload Of(LateRegistration late, LateStanding standing) => new(
        late.Header.Id.ToString(), standing.Refusal is LateRefusal.None ? null : standing.Refusal, standing.Height, standing.From,
        standing.IsRegistered,
        standing is { Refusal: LateRefusal.None, IsRegistered: false });
}

/// <summary>A mainchain block that a share's work was enough for, and its fate, on the event stream.</summary>
/// <param name="Id">The mainchain block.</param>
/// <param name="Height">Its height on the mainchain.</param>
/// <param name="Share">The share whose work it is.</param>
/// <param name="Fate">What became of it so far.</param>
/// <param name="Words">More of it; empty where there is nothing to say.</param>
public sealed record FoundPayload(string Id, int Height, string Share, FoundFate Fate, string Words)
{
    /// <summary>Of a block found.</summary>
    public static FoundPayload Of(FoundBlock block) =>
        new(block.Id.ToString(), block.Height, block.Share.ToString(), block.Fate, block.Words);
}

/// <summary>Some events were missed, on the event stream: whoever follows reads the tip again.</summary>
public sealed record GapPayload;

/// <summary>A refusal, as problem details (RFC 9457) with a stable code.</summary>
/// <param name="Title">In words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">Stable: node-not-found, node-bad-request, node-too-large, node-unavailable.</param>
/// <param name="Detail">What to do.</param>
public sealed record NodeProblem(string Title, int Status, string Code, string Detail);
