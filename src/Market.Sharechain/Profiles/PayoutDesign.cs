namespace Market.Sharechain;

/// <summary>How the reward of a mainchain block is handed out. A closed set.</summary>
public abstract record PayoutDesign
{
    private PayoutDesign()
    {
    }

    /// <summary>The rule in words.</summary>
    public abstract string Words { get; }

    /// <summary>Shareholders drawn at random by weight share it equally.</summary>
    /// <param name="Winners">How many are drawn (K).</param>
    public sealed record Drawn(int Winners) : PayoutDesign
    {
        /// <inheritdoc/>
        public override string Words => Winners == 1 ? "1 drawn owner" : $"{Winners} drawn owners";
    }

    /// <summary>One output is drawn, takes all, and is destroyed where the mainchain keeps the block.</summary>
    /// <param name="MainDepth">Mainchain blocks above the candidate's height until that is decided.</param>
    public sealed record Redeemed(int MainDepth) : PayoutDesign
    {
        /// <inheritdoc/>
        public override string Words => $"1 drawn output, destroyed {MainDepth} Bitcoin blocks later: whole, whatever its "
            + "size, and only where the share that paid it is on the sharechain";
    }

    /// <summary>The holders of what a window of the newest work minted share it in proportion (PPLNS).</summary>
    /// <param name="Multiplier">The window's work, in expected mainchain blocks.</param>
    /// <param name="MostBlocks">Blocks that it has at most.</param>
    /// <param name="Holders">The largest so many are paid; null for all.</param>
    public sealed record Window(int Multiplier, int MostBlocks, int? Holders) : PayoutDesign
    {
        /// <inheritdoc/>
        public override string Words => $"window of {Multiplier} x Bitcoin's difficulty, at most {MostBlocks} blocks, "
            + (Holders is { } most
                ? $"{most} largest holders"
                : $"every holder, the largest first, that {WindowSplit.MostBytes} bytes of outputs have room for");
    }
}
