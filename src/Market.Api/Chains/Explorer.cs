using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>Reads blocks and transactions of both chains into what the wire shows.</summary>
public sealed class Explorer(ChainPair chains)
{
    /// <summary>Summaries that are kept: what an id stands for does not change.</summary>
    private const int MostSummaries = 4_096;

    private readonly RecentValues<(ChainName, Hash256), BlockSummary> _summaries = new(MostSummaries);

    /// <summary>Blocks of the active chain from a height downwards.</summary>
    public async Task<IReadOnlyList<BlockSummary>> BlocksAsync(
        ChainName name, int from, int count, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        var list = new List<BlockSummary>(count);
        for (var height = from; height >= 0 && list.Count < count; height--)
        {
            if (await chain.GetBlockIdAsync(height, cancel) is not { } id) continue;
            if (!_summaries.TryGet((name, id), out var summary))
            {
                if (await chain.GetBlockAsync(id, cancel) is not { } block) continue;
                summary = await SummaryAsync(name, block, cancel);
                _summaries.Put((name, id), summary);
            }
            list.Add(summary);
        }
        return list;
    }

    /// <summary>The block of an id, or of a height of the active chain.</summary>
    public async Task<BlockDetail?> BlockAsync(ChainName name, string block, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        Hash256? id = null;
        if (block.Length == 2 * Hash256.Length)
        {
            if (Hash256.TryParse(block, out var parsed)) id = parsed;
        }
        else if (DecimalStrings.TryParse(block, out var height) && height <= int.MaxValue)
            id = await chain.GetBlockIdAsync((int)height, cancel);
        return id is { } known && await chain.GetBlockAsync(known, cancel) is { } found
            ? await DetailAsync(name, found, cancel)
            : null;
    }

    /// <summary>A transaction of the active chain or the mempool.</summary>
    public async Task<TransactionDetail?> TransactionAsync(ChainName name, TxId id, CancellationToken cancel)
    {
        if (await chains.Of(name).FindTransactionAsync(id, cancel) is not { } found) return null;
        var transaction = found.Transaction;
        return new TransactionDetail
        {
            Chain = name,
            Id = transaction.Id.ToString(),
            Height = found.Block?.Height,
            BlockId = found.Block?.Id.ToString(),
            Confirmations = found.Confirmations,
            VirtualSize = transaction.VirtualSize,
            Locktime = transaction.LockTime,
            Hex = transaction.ToHex(),
            Inputs = [.. transaction.Inputs.Select(i => new TransactionInput
            {
                Outpoint = i.PreviousOutput.IsNull ? null : i.PreviousOutput.ToString(), Sequence = i.Sequence,
                Witness = [.. i.Witness.Items.Select(item => Convert.ToHexStringLower(item.Span))],
            })],
            Outputs = [.. transaction.Outputs.Select(o => new TransactionOutput
            {
                Value = new Sats(o.Value.Sats), Script = o.ScriptPubKey.ToString(),
                Address = chains.AddressOf(name, o.ScriptPubKey),
            })],
        };
    }

    private async Task<BlockSummary> SummaryAsync(ChainName name, ChainBlock block, CancellationToken cancel) => new()
    {
        Chain = name,
        Height = block.Height,
        Id = block.Id.ToString(),
        Time = DateTimeOffset.FromUnixTimeSeconds(block.Time),
        Transactions = block.Transactions.Length,
        Size = await BaseSizeAsync(name, block, cancel) + block.Transactions.Sum(t => t.TotalSize),
        Miner = block.Transactions is [{ Outputs: [var first, ..] }, ..] ? chains.Payee(name, first.ScriptPubKey) : "",
    };

    // Of the sharechain's genesis there is a header alone.
    private async Task<int> BaseSizeAsync(ChainName name, ChainBlock block, CancellationToken cancel) =>
        name == ChainName.Mainchain
            ? Block.BaseSizeOf(block.Transactions.Length)
            : (await chains.Shares.GetShareAsync(new ShareId(block.Id), cancel))?.BaseSize ?? chains.Shares.Profile.Genesis.Length;

    private async Task<BlockDetail> DetailAsync(ChainName name, ChainBlock block, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        var active = await chain.GetBlockIdAsync(block.Height, cancel) == block.Id;
        var tip = await chain.GetTipAsync(cancel);
        var (bits, header, proof) = await HeaderAsync(name, block, cancel);
        return new BlockDetail
        {
            Block = await SummaryAsync(name, block, cancel),
            Parent = block.Parent.ToString(),
            Active = active,
            Next = active ? (await chain.GetBlockIdAsync(block.Height + 1, cancel))?.ToString() : null,
            Confirmations = active ? tip.Height - block.Height + 1 : 0,
            Bits = bits.ToString(),
            Work = bits.Work().ToDouble(),
            TransactionIds = [.. block.Transactions.Select(t => t.Id.ToString())],
            Header = header,
            Proof = proof,
        };
    }

    private async Task<(CompactTarget Bits, string Header, ShareProof? Proof)> HeaderAsync(
        ChainName name, ChainBlock block, CancellationToken cancel)
    {
        if (name == ChainName.Mainchain)
        {
            var main = await chains.Main.GetHeaderAsync(new BlockId(block.Id), cancel);
            return main is null ? default : (main.Header.Bits, Convert.ToHexStringLower(main.Header.ToArray()), null);
        }
        var share = await chains.Shares.GetShareAsync(new ShareId(block.Id), cancel);
        if (share is null)
        {
            var genesis = chains.Shares.Profile.Genesis;
            return (genesis.Bits, Convert.ToHexStringLower(genesis.ToArray()), null);
        }
        return (share.Header.Bits, Convert.ToHexStringLower(share.Header.ToArray()), Proof(share));
    }

    private ShareProof Proof(ShareBlock share)
    {
        var header = share.Proof.MainHeader;
        var paid = share.Proof.MainCoinbase.Outputs.Where(o => o.Value != Amount.Zero).ToList();
        var ownMiner = paid.Count > 0 && share.Transactions is [{ Outputs: [var sharebase, ..] }, ..] &&
            sharebase.ScriptPubKey == paid[0].ScriptPubKey;
        return new ShareProof
        {
            MainHeaderId = header.Id.ToString(),
            MainParent = header.Previous.ToString(),
            IsMainBlock = header.MeetsOwnTarget,
            Paid = paid.Count > 0 ? chains.Payee(ChainName.Mainchain, paid[0].ScriptPubKey) : "nobody",
            Amount = new Sats(paid.Sum(o => o.Value.Sats)),
            Reason = (ownMiner ? "It is the script of the share's own miner, who held the drawn unit or, while no share " +
                "was mature yet, was paid for want of a shareholder. " : "") +
                $"The draw: q = TaggedHash(\"p2share/select\", id of share #{share.Header.Height - 1} || 0) modulo all " +
                "mature base units at that share; whoever holds the q-th unit, in order of creation, is paid.",
        };
    }
}
