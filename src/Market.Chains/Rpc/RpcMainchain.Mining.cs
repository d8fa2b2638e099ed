using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>Work for a miner, and blocks handed in.</summary>
public sealed partial class RpcMainchain
{
    /// <inheritdoc/>
    public ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default) =>
        _templates.GetAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
    {
        try
        {
            var answer = await _rpc.CallAsync(
                "submitblock", cancellation, Market.Bitcoin.Encoding.Hex.Encode(block.ToArray())).ConfigureAwait(false);
            if (answer.ValueKind == JsonValueKind.String)
            {
                return new SubmitResult(block.Id.Value, RpcRefusals.OfSubmit(answer.Text()), RpcRefusals.WordsOf(answer.Text()));
            }
        }
        catch (RpcException refusal)
        {
            return new SubmitResult(block.Id.Value, SubmitCode.Refused, refusal.Message);
        }

        _templates.Forget(block.Id.Value);
        _look.Call();
        var best = await GetTipAsync(cancellation).ConfigureAwait(false);
        var header = await GetHeaderAsync(block.Id, cancellation).ConfigureAwait(false);
        return new SubmitResult(
            block.Id.Value,
            best.Id == block.Id.Value || header is { OnBestChain: true } ? SubmitCode.Accepted : SubmitCode.SideChain);
    }
}
