using Market.Bitcoin;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>A mainchain that takes no block: shares move the sharechain alone.</summary>
internal sealed class NoBlocks(IMainchain inner) : PassingMainchain(inner)
{
    public override ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
        ValueTask.FromResult(new SubmitResult(block.Id.Value, SubmitCode.Refused, "no"));
}
