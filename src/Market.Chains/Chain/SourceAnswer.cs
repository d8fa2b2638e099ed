using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains;

/// <summary>What one source of a chain made of a transaction.</summary>
/// <param name="Source">Which, for people.</param>
/// <param name="Code">Its answer; null where it gave none: then nothing is known, least of all that it said no.</param>
/// <param name="Detail">In its words; empty on success.</param>
public sealed record SourceAnswer(string Source, BroadcastCode? Code, string Detail = "")
{
    /// <summary>True where the source has the transaction now.</summary>
    public bool IsSuccess => Code <= BroadcastCode.AlreadyConfirmed;

    /// <inheritdoc/>
    public override string ToString() => $"{Source}: {Code?.ToString() ?? "no answer"}{(Detail.Length == 0 ? "" : $" ({Detail})")}";
}

/// <summary>How one source of a chain stands.</summary>
/// <param name="Source">Which, for people.</param>
/// <param name="Tip">The best block that it names; null while it named none.</param>
/// <param name="IsCurrent">True where it answered at the last look.</param>
/// <param name="Heard">When it last answered, Unix seconds; 0 for never.</param>
/// <param name="Trouble">What is wrong with it, for people; null where nothing is.</param>
public sealed record SourceHead(string Source, BlockRef? Tip, bool IsCurrent, long Heard, string? Trouble);

/// <summary>A chain that is read from several sources.</summary>
public interface ISourced
{
    /// <summary>How each source stands.</summary>
    ImmutableArray<SourceHead> Sources { get; }

    /// <summary>Where the sources contradict each other, in words; null where they do not.</summary>
    ValueTask<string?> FindDisagreementAsync(CancellationToken cancellation = default);
}
