using Market.Bitcoin;

namespace Market.Chains.Http;

/// <summary>What a follower needs of the chain that it fills.</summary>
internal interface IFollowed
{
    /// <summary>The chain's name: a server of another is not followed.</summary>
    string Name { get; }

    /// <summary>Hears how the server's node writes addresses: its habit, which decides nothing.</summary>
    void HearPrefix(string? prefix)
    {
        // Only the mainchain's addresses are written in more than one way.
    }

    /// <summary>Ids from the tip downwards, denser near it.</summary>
    IReadOnlyList<Hash256> Locator();

    /// <summary>True where the block is stored.</summary>
    bool Knows(Hash256 id);

    /// <summary>Reads a header (with its proof) and checks its work; null where it is not one.</summary>
    (Hash256 Id, Hash256 Parent)? CheckHeader(ReadOnlyMemory<byte> bytes);

    /// <summary>A scale for the headers after a block; null where the block is not known, or breaks a rule.</summary>
    IScale? Weigh(Hash256 parent);

    /// <summary>Validates and stores a block of a branch that was weighed.</summary>
    /// <param name="bytes">The block.</param>
    /// <param name="expected">The id that was weighed: another block is refused unseen.</param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask<SubmitResult> TakeAsync(ReadOnlyMemory<byte> bytes, Hash256 expected, CancellationToken cancellation);

    /// <summary>Validates and keeps an unconfirmed transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="ChainBusyException">Too many wait already.</exception>
    ValueTask<BroadcastCode> TakeTransactionAsync(Transaction transaction, CancellationToken cancellation);

    /// <summary>True where the chain has weak shares.</summary>
    bool HasWeak => false;

    /// <summary>Validates and keeps a weak share; tells its id with it, where it has one.</summary>
    ValueTask<(WeakTaken Taken, Hash256 Id)> TakeWeakAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        ValueTask.FromResult((WeakTaken.Useless, Hash256.Zero));
}

/// <summary>How a weak share that a server sent was taken.</summary>
internal enum WeakTaken
{
    /// <summary>It is kept.</summary>
    Kept,

    /// <summary>It was kept here before.</summary>
    Known,

    /// <summary>No block here can name it, or not yet: whoever sent it may see another chain.</summary>
    Useless,

    /// <summary>It breaks a rule on any chain.</summary>
    Refused,
}

/// <summary>How a header fitted on a scale.</summary>
internal enum ScaleResult
{
    /// <summary>It is on the scale.</summary>
    Added,

    /// <summary>Its time is not reached: it, and what follows it, may come later.</summary>
    Later,

    /// <summary>It breaks a rule.</summary>
    Refused,
}

/// <summary>Weighs a branch by its headers, and keeps none of them.</summary>
internal interface IScale
{
    /// <summary>The newest header's block.</summary>
    Hash256 Tip { get; }

    /// <summary>True where the branch's work comes within the bound of reorganisations of the chain's tip.</summary>
    bool IsNear { get; }

    /// <summary>Puts the next header on.</summary>
    ScaleResult Add(ReadOnlyMemory<byte> bytes);
}
