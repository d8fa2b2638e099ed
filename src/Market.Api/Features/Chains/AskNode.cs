using Market.Api.Results;
using Market.Chains.Http;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks a node, or offers something to it.</summary>
public sealed record AskNode(NodeRequest Request) : IRequest<Result<NodeAnswer>>;

/// <summary>Asks for a node's events, as server-sent events, until <paramref name="Gone"/>.</summary>
public sealed record FollowNode(string Chain, CancellationToken Gone) : IRequest<Result<IAsyncEnumerable<string>>>;

/// <summary>Passes both to the nodes.</summary>
public sealed class AskNodeHandler(NodeHttpService node)
    : IRequestHandler<AskNode, Result<NodeAnswer>>, IRequestHandler<FollowNode, Result<IAsyncEnumerable<string>>>
{
    /// <inheritdoc/>
    public async Task<Result<NodeAnswer>> Handle(AskNode request, CancellationToken cancellationToken)
    {
        var answer = await node.HandleAsync(request.Request, cancellationToken);
        return answer.Refused is { } refused ? new Refusal(CodeOf(refused, request.Request.Method), refused.Detail) : answer;
    }

    /// <inheritdoc/>
    public Task<Result<IAsyncEnumerable<string>>> Handle(FollowNode request, CancellationToken cancellationToken) =>
        Task.FromResult(node.EventsAsync(request.Chain, request.Gone) is { } events
            ? Result<IAsyncEnumerable<string>>.FromValue(events)
            : new Refusal(ProblemCodes.NotFound, $"Chains are {string.Join(", ", node.Names)}."));

    /// <summary>The node's refusals by the market's codes.</summary>
    private static string CodeOf(NodeProblem refused, string method) => refused.Status switch
    {
        StatusCodes.Status404NotFound => ProblemCodes.NotFound,
        StatusCodes.Status413PayloadTooLarge => ProblemCodes.TooLarge,
        StatusCodes.Status503ServiceUnavailable => ProblemCodes.ChainUnavailable,
        _ => HttpMethods.IsPost(method) ? ProblemCodes.BadEncoding : ProblemCodes.ValidationFailed,
    };
}
