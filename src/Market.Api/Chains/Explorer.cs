using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>Reads blocks and transactions of both chains into what the wire shows.</summary>
/// <param name="chains">The chains.</param>
/// <param name="indexes">What their newest blocks hold.</param>
public sealed class Explorer(ChainPair chains, ChainIndexes indexes)
{
    /// <summary>Summaries that are kept: what an id stands for does not change.</summary>
    private const int MostSummaries = 4_096;

    private readonly RecentValues<(ChainName, Hash256), BlockSummary> _summaries = new(MostSummaries);
    private readonly TransactionLook _transactions = new(chains, indexes);
    private readonly AddressLook _addresses = new(chains, indexes);
    private readonly SharePayouts _payouts = new(chains, indexes);

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
                if (await indexes.Blocks.GetAsync(chain, id, cancel) is not { } block) continue;
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
        return id is { } known && await FindBlockAsync(name, known, cancel) is { } found
            ? await DetailAsync(name, found, cancel)
            : null;
    }

    /// <summary>The block of an id, on whatever branch; null where there is none.</summary>
    public ValueTask<ChainBlock?> FindBlockAsync(ChainName name, Hash256 id, CancellationToken cancel) =>
        indexes.Blocks.GetAsync(chains.Of(name), id, cancel);

    /// <summary>A transaction of the active chain or the mempool.</summary>
    /// <param name="name">The chain.</param>
    /// <param name="id">Its id.</param>
    /// <param name="isWhole">Whether what it spends and what became of its outputs is looked up, too.</param>
    /// <param name="cancel">Stops looking.</param>
    public Task<TransactionDetail?> TransactionAsync(ChainName name, TxId id, bool isWhole, CancellationToken cancel) =>
        _transactions.OfAsync(name, id, isWhole, cancel);

    /// <summary>What an address has and was paid.</summary>
    public Task<AddressDetail> AddressAsync(ChainName name, BitcoinAddress address, CancellationToken cancel) =>
        _addresses.OfAsync(name, address, cancel);

    /// <summary>What the newest transactions paid to a script, the newest first.</summary>
    public Task<IReadOnlyList<AddressPayment>> PaymentsAsync(ChainName name, Script script, int most, CancellationToken cancel) =>
        _addresses.PaymentsAsync(name, script, most, cancel);

    /// <summary>What sharebases, or coinbases, of indexed blocks minted to a script, and the lowest of those blocks.</summary>
    public (long Minted, int? From) MintedTo(ChainName name, Script script) => _addresses.MintedTo(name, script);

    /// <summary>Blocks and transactions whose ids begin with some digits, of those in the index.</summary>
    public Task<IReadOnlyList<FoundId>> BeginningAsync(ChainName name, string digits, CancellationToken cancel) =>
        _addresses.BeginningAsync(name, digits, cancel);

    private async Task<BlockSummary> SummaryAsync(ChainName name, ChainBlock block, CancellationToken cancel) => new()
    {
        Chain = name,
        Height = block.Height,
        Id = block.Id.ToString(),
        Time = DateTimeOffset.FromUnixTimeSeconds(block.Time),
        Transactions = block.Transactions.Length,
        Size = await BaseSizeAsync(name, block, cancel) + block.Transactions.Sum(t => t.TotalSize),
        PaidTo = block.Transactions is [{ Outputs: [var first, ..] }, ..] ? chains.Payee(name, first.ScriptPubKey) : "",
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
        return (share.Header.Bits, Convert.ToHexStringLower(share.Header.ToArray()),
            await _payouts.OfAsync(share, cancel));
    }
}
