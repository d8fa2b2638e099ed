using Market.Bitcoin;
using Market.Chains;

namespace Market.Testing.Chains;

/// <summary>A mainchain behind which another stands.</summary>
public abstract class PassingMainchain(IMainchain inner) : PassingChain(inner), IMainchain
{
    public virtual ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) =>
        inner.GetTroubleAsync(cancellation);

    public virtual ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        inner.GetHeaderAsync(id, cancellation);

    public ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default) =>
        inner.GetHeaderAsync(height, cancellation);

    public ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default) =>
        inner.GetFullBlockAsync(id, cancellation);

    public virtual ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        inner.GetTemplateAsync(cancellation);

    public virtual ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
        inner.SubmitBlockAsync(block, cancellation);
}
