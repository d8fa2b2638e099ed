namespace Market.Bitcoin.Watching;

/// <summary>What a watcher saw. Told again whenever a block comes, goes or changes.</summary>
public abstract record WatchEvent
{
    private WatchEvent()
    {
    }

    /// <summary>A watched script was paid.</summary>
    /// <param name="Script">The script.</param>
    /// <param name="OutPoint">The output.</param>
    /// <param name="Amount">Its amount.</param>
    /// <param name="Block">Where it is confirmed; null while it waits in the mempool.</param>
    /// <param name="Transaction">The transaction that made it.</param>
    public sealed record Funded(
        Script Script, OutPoint OutPoint, Amount Amount, BlockRef? Block, Transaction Transaction) : WatchEvent;

    /// <summary>An output told of before is neither on the best chain nor in the mempool any more.</summary>
    /// <param name="Script">The script.</param>
    /// <param name="OutPoint">The output.</param>
    public sealed record FundingGone(Script Script, OutPoint OutPoint) : WatchEvent;

    /// <summary>An output of a watched script, or a watched output, was spent.</summary>
    /// <param name="OutPoint">The output.</param>
    /// <param name="Spender">The transaction that spends it.</param>
    /// <param name="InputIndex">By which input.</param>
    /// <param name="Block">Where that is confirmed; null while it waits in the mempool.</param>
    public sealed record Spent(OutPoint OutPoint, Transaction Spender, int InputIndex, BlockRef? Block) : WatchEvent
    {
        /// <summary>The preimage that the input reveals: a witness item of 32 bytes with this SHA-256.</summary>
        /// <param name="paymentHash">32 bytes.</param>
        /// <returns>32 bytes; null where the input reveals none.</returns>
        public byte[]? FindPreimage(ReadOnlySpan<byte> paymentHash) =>
            Preimages.Find(Spender.Inputs[InputIndex].Witness, paymentHash);
    }

    /// <summary>A spend told of before is neither on the best chain nor in the mempool any more.</summary>
    /// <param name="OutPoint">The output, which is unspent or spent by another now.</param>
    /// <param name="Spender">The transaction that spent it.</param>
    public sealed record SpendGone(OutPoint OutPoint, TxId Spender) : WatchEvent;

    /// <summary>
    /// The best chain moved, and everything watched has been told of up to this block.
    /// </summary>
    /// <param name="Head">The new tip.</param>
    public sealed record TipMoved(ChainHead Head) : WatchEvent;
}
