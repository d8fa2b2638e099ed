using System.Text.Json;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Features.Dev;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Contracts;

namespace Market.Api.Hosting;

/// <summary>Routes with which tests mine and reorganise the development chains; not there unless asked for, and never in
/// the OpenAPI document. What anybody on a devnet may use is in <see cref="FaucetEndpoint"/>.</summary>
internal static class DevEndpoints
{
    private const int MostBlocks = 500;

    internal sealed record Mine(int Count, string? Script = null, uint? Time = null, string? Instrument = null);

    internal sealed record Fork(int Height, int Count);

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string Root = Routes.Root + "/dev";
        routes.MapPost(Root + "/mainchain/mine", async (Mine body, InstrumentSet instruments, CancellationToken cancel) =>
            Blocks(await Embedded(instruments).MineAsync(Bounded(body.Count), ScriptOf(body.Script), body.Time, cancel)))
            .ExcludeFromDescription();
        routes.MapPost(Root + "/mainchain/fork", async (Fork body, InstrumentSet instruments, CancellationToken cancel) =>
            Blocks(await Embedded(instruments).MineForkAsync(body.Height, Bounded(body.Count), cancellation: cancel)))
            .ExcludeFromDescription();
        routes.MapPost(Root + "/mainchain/pause", (InstrumentSet instruments) =>
        {
            Embedded(instruments).Pause();
            return Microsoft.AspNetCore.Http.Results.NoContent();
        }).ExcludeFromDescription();
        routes.MapPost(Root + "/mainchain/resume", (InstrumentSet instruments) =>
        {
            Embedded(instruments).Resume();
            return Microsoft.AspNetCore.Http.Results.NoContent();
        }).ExcludeFromDescription();
        routes.MapPost(Root + "/sharechain/mine", async (
                Mine body, InstrumentSet instruments, TimeProvider clock, CancellationToken cancel) =>
            await MineSharesAsync(body, instruments, clock, cancel)).ExcludeFromDescription();
    }

    private static EmbeddedMainchain Embedded(InstrumentSet instruments) => (EmbeddedMainchain)instruments.Chains[0].Chains.Main;

    private static int Bounded(int count) => Math.Clamp(count, 0, MostBlocks);

    private static Script? ScriptOf(string? hex) => hex is null ? null : Script.FromHex(hex);

    private static IResult Blocks(IEnumerable<BlockId> ids) =>
        Microsoft.AspNetCore.Http.Results.Json(new { blocks = ids.Select(i => i.ToString()) }, JsonSerializerOptions.Web);

    private static async Task<IResult> MineSharesAsync(
        Mine body, InstrumentSet instruments, TimeProvider clock, CancellationToken cancel)
    {
        var host = instruments.ChooseChains(body.Instrument);
        if (host.Refusal is { } unknown) return unknown.Http();
        var shares = host.Value.Chains.Shares;
        var script = ScriptOf(body.Script) ?? FaucetKey.Nobody;
        var ids = new List<string>();
        while (ids.Count < Bounded(body.Count))
        {
            var template = await shares.GetTemplateAsync(script, cancel);
            var share = await Task.Run(() => ShareSolver.Solve(template, cancel), cancel);
            if (share is null) continue;
            var result = await shares.SubmitShareAsync(share, cancel);
            if (result.Code == SubmitCode.Refused)
                return new Refusal(ProblemCodes.BlockRejected, $"{result.Refusal} {result.Detail}").Http();
            if (result.IsSuccess) ids.Add(share.Id.ToString());
            else await Task.Delay(TimeSpan.FromMilliseconds(200), clock, cancel);
        }
        return Microsoft.AspNetCore.Http.Results.Json(new { blocks = ids }, JsonSerializerOptions.Web);
    }
}
