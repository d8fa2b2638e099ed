using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Chains;
using Market.Chains.Http;
using Market.Contracts;
using Market.Sharechain;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>GET and POST /api/v1/node/...: both nodes for followers, wallets and miners. What is behind it, and its payloads,
/// are <see cref="NodeHttpService"/>'s.</summary>
public sealed class NodeEndpoint : IEndpoint
{
    /// <summary>Where the nodes are.</summary>
    public const string Root = Routes.Root + "/node/";

    private const string OfChain = Root + "{chain}/";
    private const string OfMain = Root + "mainchain/";
    private const string OfShares = Root + "{sharechain}/";

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes)
    {
        MapChain(routes);
        MapTransactions(routes);
        MapMining(routes);
        MapWeak(routes);
        MapLate(routes);
    }

    private static void MapChain(IEndpointRouteBuilder routes)
    {
        Get(routes, OfChain + "tip").Describe("getNodeTip", Tag, "A node's best block", "Ids are in display order.")
            .Returns(NodeExamples.Tip);
        Get(routes, OfChain + "headers").Weighs(CallWeight.Heavy, Whole(500, NodeHttpService.MostHeaders))
            .Describe("getNodeHeaders", Tag, "Headers of the best chain after a block of it",
                $"Those after the first id of the locator that is on the best chain, else from the beginning; at most "
                + $"{NodeHttpService.MostHeaders}. Of the mainchain 80 bytes each, of the sharechain a header and its proof.")
            .Asks("locator", "Ids, the newest first, joined by commas.")
            .Asks("limit", $"At most so many, 1 to {NodeHttpService.MostHeaders}.", isNumber: true)
            .ReturnsBytes("A compact size and the headers.");
        Get(routes, OfChain + "blocks").Weighs(CallWeight.Heavy, Whole(50, NodeHttpService.MostBlocks))
            .Describe("getNodeBlocks", Tag, "Blocks of the best chain after one of it",
                "Whole, in order; at least one where there is one.")
            .Asks("after", "The id of a block of the best chain; it must be given.")
            .Asks("limit", $"At most so many, 1 to {NodeHttpService.MostBlocks}.", isNumber: true)
            .ReturnsBytes("A compact size and the blocks.");
        Get(routes, OfChain + "block/{id}").Weighs(CallWeight.Heavy)
            .Describe("getNodeBlock", Tag, "A block by id or height", "By id on the best chain or off it.")
            .Names("id", "The block's id, 64 hex digits in display order, or its height on the best chain.")
            .ReturnsBytes("The block.");
        GetOfShares(routes, "main-header/{id}")
            .Describe("getNodeMainHeader", Tag, "A mainchain header that a share was built on",
                "Kept with the share, also where the mainchain has forgotten it.")
            .Names("id", "The mainchain block's id, 64 hex digits in display order.").ReturnsBytes("80 bytes.");
        GetOfShares(routes, "payout")
            .Describe("getNodePayout", Tag, "Whom the next share's coinbase pays",
                "Every draw with the output that it names; in designs that pay a window whom that pays, by weight.")
            .Returns(NodeExamples.Payout);
        GetOfShares(routes, "holders").Weighs(CallWeight.Heavy)
            .Describe("getNodeHolders", Tag, "Who takes part in the next payout",
                "Payout scripts by the base units that they hold, the largest first.")
            .Asks("limit", $"At most so many, 1 to {ShareHolders.Most}.", isNumber: true)
            .Returns(NodeExamples.Holders);
        GetOfShares(routes, "directory").Weighs(CallWeight.Heavy)
            .Describe("getNodeDirectory", Tag, "Markets that authorities announced",
                "Each with its announcement, signature included, and the late blocks that make its authority one: of more of them "
                + $"first, then those that stand longer, at most {DirectoryPayload.MostMarkets}.")
            .Returns(NodeExamples.Directory);
        GetOfShares(routes, "weak").Weighs(CallWeight.Heavy)
            .Describe("getNodeWeak", Tag, "Weak shares that wait to be named",
                "Those that the next share may name, the newest first; none in designs without weak shares.")
            .ReturnsBytes("A compact size and the weak shares: header, proof, sharebase without witness, and its branch.");
        GetOfShares(routes, "figures")
            .Describe("getNodeFigures", Tag, "Figures of the sharechain", "Supply, outputs and the next target.")
            .Returns(NodeExamples.Figures);
        NodeFeed.Map(routes);
    }

    private static void MapTransactions(IEndpointRouteBuilder routes)
    {
        Get(routes, OfChain + "tx/{id}").Describe("getNodeTransaction", Tag, "A transaction by id", "In a block or the mempool.")
            .Names("id", "The txid, 64 hex digits in display order.").Returns(NodeExamples.Transaction);
        Get(routes, OfChain + "coin/{outpoint}").Describe("getNodeCoin", Tag, "An unspent output", "Unconfirmed ones too.")
            .Names("outpoint", "txid:index.").Returns(NodeExamples.Coin);
        Get(routes, OfChain + "coins/{script}").Weighs(CallWeight.Heavy)
            .Describe("getNodeCoins", Tag, "Unspent outputs of a script",
                $"In the order they were made, {NodeHttpService.MostCoins} a page.")
            .Names("script", "The script in hex.").Asks("after", "The last output of the page before, txid:index.")
            .Returns<CoinPayload[]>([NodeExamples.Coin]);
        Get(routes, OfChain + "mempool").Weighs(CallWeight.Heavy)
            .Describe("getNodeMempool", Tag, "Unconfirmed transactions", "Parents before children, in pages.")
            .Asks("after", "The last txid of the page before.").ReturnsBytes("A compact size and the transactions.");
        Get(routes, OfChain + "fee").Describe("getNodeFee", Tag, "A feerate by how soon to confirm", "In satoshis for 1,000 vB.")
            .Asks("target", "Blocks within which to confirm, 1 to 1008; 6 where it is left out.", isNumber: true)
            .Returns(NodeExamples.Fee);
        Post(routes, OfChain + "tx").Describe("postNodeTransaction", Tag, "Broadcast a transaction",
                "Whether the chain takes it, and if not why, is in the answer.")
            .TakesBytes("The transaction with its witnesses (BIP144).").Returns(NodeExamples.Broadcast);
        Post(routes, OfChain + "unconfirmed")
            .Describe("findNodeTransactions", Tag, "Unconfirmed transactions by script, output or id",
                $"Three lists, each with its compact size in front, {MempoolPayload.MostAsked} things at most: scripts (each with "
                + "its length), outputs that are spent (36 bytes), txids (32 bytes, internal order).")
            .TakesBytes("The three lists.").ReturnsBytes("A compact size and the transactions.");
    }

    private static void MapMining(IEndpointRouteBuilder routes)
    {
        Get(routes, OfMain + "template", ofOne: true).Weighs(CallWeight.Heavy)
            .Describe("getNodeTemplate", Tag, "What the next mainchain block is built from", "As getblocktemplate has it.")
            .Returns(NodeExamples.Template);
        GetOfShares(routes, "template").Weighs(CallWeight.Heavy)
            .Describe("getNodeShareTemplate", Tag, "Work for the next share", "Ready to hash, as the node would build it.")
            .Asks("script", "The script that the sharebase pays, in hex; it must be given.").Returns(NodeExamples.ShareTemplate);
        Post(routes, OfMain + "block", ofOne: true).Describe("postNodeBlock", Tag, "Offer a mainchain block",
                "Whether the chain takes it, and if not why, is in the answer.")
            .TakesBytes("The block.").Returns(NodeExamples.SubmittedBlock);
        Post(routes, OfShares + "share", ofOne: true).Names("sharechain", OneOfShares)
            .Describe("postNodeShare", Tag, "Offer a share",
                "Whether the chain takes it, and if not why, is in the answer: the refusal is a code of docs/protocol.md.")
            .TakesBytes("The share block.").Returns(NodeExamples.SubmittedShare);
    }

    private static void MapWeak(IEndpointRouteBuilder routes) =>
        Post(routes, OfShares + "weak", ofOne: true).Names("sharechain", OneOfShares)
            .Describe("postNodeWeak", Tag, "Offer a weak share",
                "As nodes pass it on, without its transactions. Whether it waits to be named, and if not why, is in the answer.")
            .TakesBytes($"Header, proof, sharebase without witness, and its branch; at most {NamedShare.MostBytes} bytes.")
            .Returns(NodeExamples.SubmittedShare);

    private static void MapLate(IEndpointRouteBuilder routes) =>
        Post(routes, OfShares + "late", ofOne: true).Names("sharechain", OneOfShares)
            .Describe("postNodeLate", Tag, "Have a node's sharebases carry late work",
                "A Bitcoin block that lost its race, until a share registers it or none can. Whether the next share could, "
                + "and if not why, is in the answer. In designs whose sharebases have to be short there is nothing here.")
            .TakesBytes("The block's header (80 bytes), its coinbase without witness, its branch (compact size, 32 bytes each).")
            .Returns(NodeExamples.CarriedLate);

    internal const string Tag = "Nodes";

    private const string OneOfShares = "A sharechain's name, such as p2share-devnet; where one is followed, sharechain does.";

    // Where no limit is given as many are answered as there may be.
    private static ListWeight Whole(int things, int most) => new(things, most, most);

    private static RouteHandlerBuilder Get(IEndpointRouteBuilder routes, string path, bool ofOne = false) =>
        OfEither(routes.MapGet(path, HandleAsync), ofOne)
            .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.NotFound, ProblemCodes.ChainUnavailable);

    private static RouteHandlerBuilder GetOfShares(IEndpointRouteBuilder routes, string what) =>
        Get(routes, OfShares + what, ofOne: true).Names("sharechain", OneOfShares);

    private static RouteHandlerBuilder Post(IEndpointRouteBuilder routes, string path, bool ofOne = false) =>
        OfEither(routes.MapPost(path, HandleAsync), ofOne).WithMetadata(new LargeBody()).Weighs(CallWeight.Heavy)
            .Refuses(ProblemCodes.NotFound, ProblemCodes.BadEncoding, ProblemCodes.ChainUnavailable);

    private static RouteHandlerBuilder OfEither(RouteHandlerBuilder route, bool ofOne) =>
        ofOne ? route : route.Names("chain", "mainchain, or as sharechain elsewhere.");

    private static async Task<IResult> HandleAsync(HttpContext context, IMediator mediator, CancellationToken cancel)
    {
        var request = context.Request;
        var answer = await mediator.Send(new AskNode(new NodeRequest(request.Method, request.Path.Value![Root.Length..],
            name => request.Query.TryGetValue(name, out var v) ? v.ToString() : null, request.Body)
        {
            Client = ClientAddress.Of(context).ToString(),
        }), cancel);
        if (answer.Refusal is { } refusal) return refusal.Http();
        context.Response.StatusCode = answer.Value.Status;
        context.Response.ContentType = answer.Value.ContentType;
        await context.Response.Body.WriteAsync(answer.Value.Body, cancel);
        return Microsoft.AspNetCore.Http.Results.Empty;
    }
}
