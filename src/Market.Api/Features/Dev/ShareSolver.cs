using Market.Chains.Mining;
using Market.Sharechain;

namespace Market.Api.Features.Dev;

/// <summary>Finds shares on development chains, where a moment's work is enough.</summary>
internal static class ShareSolver
{
    /// <summary>A share with the work that its template asks for; null where there is none among all nonces, or it was
    /// cancelled.</summary>
    public static ShareBlock? Solve(ShareTemplate template, CancellationToken cancel)
    {
        if (!template.ShareTarget.TryExpand(out var target)) return null;
        var work = template.WithExtraNonce((ulong)Random.Shared.NextInt64());
        return HeaderSolver.Solve(work.MainHeader, target, cancel) is { } solved ? work.ToShare(solved) : null;
    }
}
