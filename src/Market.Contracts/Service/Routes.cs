namespace Market.Contracts;

/// <summary>The paths of the REST interface, shared by server and clients. Parts in braces are filled in.</summary>
public static class Routes
{
    /// <summary>What all paths begin with.</summary>
    public const string Root = "/api/v1";

    /// <summary>GET: all instruments.</summary>
    public const string Instruments = Root + "/instruments";

    /// <summary>GET: one instrument.</summary>
    public const string Instrument = Root + "/instruments/{instrument}";

    /// <summary>GET: the book (?depth=).</summary>
    public const string Book = Root + "/instruments/{instrument}/book";

    /// <summary>GET: trades, newest first (?limit= ?cursor=).</summary>
    public const string Trades = Root + "/instruments/{instrument}/trades";

    /// <summary>GET: candles, oldest first (?interval= ?from= ?to= ?limit=).</summary>
    public const string Candles = Root + "/instruments/{instrument}/candles";

    /// <summary>GET: the ticker.</summary>
    public const string Ticker = Root + "/instruments/{instrument}/ticker";

    /// <summary>GET: the discount of the last price (?rate= ?years=).</summary>
    public const string Discount = Root + "/instruments/{instrument}/discount";

    /// <summary>GET: what was said of a share's worth when a trade was made.</summary>
    public const string Valuation = Root + "/instruments/{instrument}/valuations/{id}";

    /// <summary>GET: how many swaps settled and failed, by side.</summary>
    public const string SwapCounts = Root + "/instruments/{instrument}/swap-counts";

    /// <summary>POST: place an order. GET: own orders (?instrument= ?status= ?limit= ?cursor=).</summary>
    public const string Orders = Root + "/orders";

    /// <summary>GET: one own order. DELETE: cancel it. The id is the market's (?instrument=, which may be left out where one is
    /// traded), or the client's as "client:(id)".</summary>
    public const string Order = Root + "/orders/{id}";

    /// <summary>POST: cancel all own open orders.</summary>
    public const string CancelAll = Root + "/orders/cancel-all";

    /// <summary>GET: own fills (?instrument= ?limit= ?cursor=).</summary>
    public const string Fills = Root + "/fills";

    /// <summary>Requests that were refused.</summary>
    public const string Refusals = Root + "/audit/refusals";

    /// <summary>GET: swaps, newest first (?instrument= ?outcome= ?mine= ?limit= ?cursor=).</summary>
    public const string Swaps = Root + "/swaps";

    /// <summary>GET: one swap.</summary>
    public const string Swap = Root + "/swaps/{id}";

    /// <summary>POST: give the keys of the own side.</summary>
    public const string SwapKeys = Root + "/swaps/{id}/keys";

    /// <summary>POST: say that the own side will not go on.</summary>
    public const string SwapDecline = Root + "/swaps/{id}/decline";

    /// <summary>GET: the public proof.</summary>
    public const string SwapProof = Root + "/swaps/{id}/proof";

    /// <summary>POST: a challenge to sign.</summary>
    public const string Challenges = Root + "/auth/challenges";

    /// <summary>POST: a session for a signed challenge.</summary>
    public const string Sessions = Root + "/auth/sessions";

    /// <summary>GET: who is asking.</summary>
    public const string Account = Root + "/auth/account";

    /// <summary>GET: both tips of an instrument (?instrument=, which may be left out where one is traded).</summary>
    public const string Chains = Root + "/chains";

    /// <summary>GET: blocks of a chain, newest first (?limit= ?cursor=).</summary>
    public const string Blocks = Root + "/chains/{chain}/blocks";

    /// <summary>GET: a block by height or id.</summary>
    public const string Block = Root + "/chains/{chain}/blocks/{block}";

    /// <summary>GET: a transaction.</summary>
    public const string Transaction = Root + "/chains/{chain}/transactions/{id}";

    /// <summary>GET: fees of an instrument (?instrument=, which may be left out where one is traded).</summary>
    public const string Fees = Root + "/fees";

    /// <summary>GET: limits.</summary>
    public const string Limits = Root + "/limits";

    /// <summary>GET: status.</summary>
    public const string Status = Root + "/status";

    /// <summary>POST: coins of a devnet for a script; there on devnets only.</summary>
    public const string Faucet = Root + "/dev/faucet";

    /// <summary>GET: the clock.</summary>
    public const string Time = Root + "/time";
}
