using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>Work for a miner, and blocks handed in.</summary>
public sealed partial class RpcMainchain
{
    /// <inheritdoc/>
    public async ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default)
    {
        var answer = await _rpc.CallAsync(
            "getblocktemplate", cancellation, new { rules = new[] { "segwit" } }).ConfigureAwait(false);
        var transactions = ImmutableArray.CreateBuilder<Transaction>();
        long fees = 0;
        foreach (var entry in answer.Get("transactions").Items())
        {
            transactions.Add(entry.Get("data").Transaction());
            fees += entry.Get("fee").Long();
        }

        var segwit = answer.Find("rules") is { } rules && rules.Items().Any(rule =>
            rule.AsText() is "segwit" or "!segwit");
        var commitment = answer.Find("default_witness_commitment");
        var value = answer.Get("coinbasevalue").Long();
        return new MainTemplate(
            new BlockId(answer.Get("previousblockhash").Hash()),
            answer.Get("height").Int(),
            (int)answer.Get("version").Long(),
            answer.Get("bits").Target(),
            answer.Get("curtime").UInt(),
            answer.Get("mintime").UInt(),
            new Amount(value - fees),
            new Amount(value),
            transactions.DrainToImmutable(),
            segwit && commitment is { } script ? new Script(script.Bytes()) : null);
    }

    /// <inheritdoc/>
    public async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
    {
        try
        {
            var answer = await _rpc.CallAsync(
                "submitblock", cancellation, Market.Bitcoin.Encoding.Hex.Encode(block.ToArray())).ConfigureAwait(false);
            if (answer.ValueKind == JsonValueKind.String)
            {
                return new SubmitResult(block.Id.Value, RpcRefusals.OfSubmit(answer.Text()), answer.Text());
            }
        }
        catch (RpcException refusal)
        {
            return new SubmitResult(block.Id.Value, SubmitCode.Refused, refusal.Message);
        }

        LookNow();
        var best = await GetTipAsync(cancellation).ConfigureAwait(false);
        var header = await GetHeaderAsync(block.Id, cancellation).ConfigureAwait(false);
        return new SubmitResult(
            block.Id.Value,
            best.Id == block.Id.Value || header is { OnBestChain: true } ? SubmitCode.Accepted : SubmitCode.SideChain);
    }
}
