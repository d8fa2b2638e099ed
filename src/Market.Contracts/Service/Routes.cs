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

    /// <summary>GET: the expiry series: next, listed, closed and gone.</summary>
    public const string Series = Root + "/series";

    /// <summary>GET: the book (?depth=).</summary>
    public const string Book = Root + "/instruments/{instrument}/book";

    /// <summary>GET: trades, newest first (?from= ?to= ?limit= ?cursor= ?format=).</summary>
    public const string Trades = Root + "/instruments/{instrument}/trades";

    /// <summary>GET: candles, oldest first (?interval= ?from= ?to= ?limit=).</summary>
    public const string Candles = Root + "/instruments/{instrument}/candles";

    /// <summary>GET: the ticker.</summary>
    public const string Ticker = Root + "/instruments/{instrument}/ticker";

    /// <summary>GET: the tickers of all instruments.</summary>
    public const string Tickers = Root + "/tickers";

    /// <summary>GET: the discount of the last price (?rate= ?years=).</summary>
    public const string Discount = Root + "/instruments/{instrument}/discount";

    /// <summary>GET: what was said of a share's worth when a trade was made.</summary>
    public const string Valuation = Root + "/instruments/{instrument}/valuations/{id}";

    /// <summary>GET: what was said of a share's worth over time, newest first (?every= ?from= ?to= ?limit= ?cursor= ?format=).
    /// </summary>
    public const string Readings = Root + "/instruments/{instrument}/readings";

    /// <summary>GET: the same of two instruments, one over the other (?with= and as <see cref="Readings"/>).</summary>
    public const string ComparedReadings = Root + "/instruments/{instrument}/readings/compared";

    /// <summary>GET: all instruments in the light of one (?instrument=, the first where it is left out).</summary>
    public const string Comparison = Root + "/comparison";

    /// <summary>GET: how many swaps settled and failed, by side.</summary>
    public const string SwapCounts = Root + "/instruments/{instrument}/swap-counts";

    /// <summary>POST: place an order. GET: own orders (?instrument= ?status= ?id= ?from= ?to= ?limit= ?cursor= ?format=).</summary>
    public const string Orders = Root + "/orders";

    /// <summary>PUT: sets, renews or turns off the dead man's switch.</summary>
    public const string DeadMan = Root + "/orders/dead-man";

    /// <summary>POST: place several orders. DELETE: cancel several.</summary>
    public const string OrderBatch = Root + "/orders/batch";

    /// <summary>GET: one own order. PATCH: amend it. DELETE: cancel it. The id is the market's (?instrument=, which may be left
    /// out where one is traded), or the client's as "client:(id)".</summary>
    public const string Order = Root + "/orders/{id}";

    /// <summary>POST: cancel all own open orders.</summary>
    public const string CancelAll = Root + "/orders/cancel-all";

    /// <summary>GET: own fills (?instrument= ?status= ?order= ?from= ?to= ?limit= ?cursor= ?format=).</summary>
    public const string Fills = Root + "/fills";

    /// <summary>POST: prove coins that orders may draw on. GET: those of the account and where each stands (?chain= ?instrument=
    /// ?limit= ?cursor=).</summary>
    public const string Outpoints = Root + "/outpoints";

    /// <summary>DELETE: takes one back (?chain=, which may be left out where it is proved on one).</summary>
    public const string Outpoint = Root + "/outpoints/{outpoint}";

    /// <summary>GET: what the account has proved, by asset and by where it stands.</summary>
    public const string Balances = Root + "/balances";

    /// <summary>Requests that were refused.</summary>
    public const string Refusals = Root + "/audit/refusals";

    /// <summary>GET: swaps, newest first (?instrument= ?outcome= ?mine= ?account= ?limit= ?cursor= ?format=).</summary>
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

    /// <summary>POST: an API key of the own account. GET: all of them.</summary>
    public const string ApiKeys = Root + "/auth/api-keys";

    /// <summary>DELETE: ends an API key.</summary>
    public const string ApiKey = Root + "/auth/api-keys/{id}";

    /// <summary>POST: coins at stake for the own account. GET: those of an account (?key=).</summary>
    public const string Bonds = Root + "/standing/bonds";

    /// <summary>GET: a puzzle (?kind= ?chain= ?script=). POST: its solution.</summary>
    public const string Ticket = Root + "/standing/ticket";

    /// <summary>GET: both tips of an instrument (?instrument=, which may be left out where one is traded).</summary>
    public const string Chains = Root + "/chains";

    /// <summary>GET: blocks of a chain, newest first (?limit= ?cursor=).</summary>
    public const string Blocks = Root + "/chains/{chain}/blocks";

    /// <summary>GET: a block by height or id.</summary>
    public const string Block = Root + "/chains/{chain}/blocks/{block}";

    /// <summary>GET: Bitcoin blocks that a sharechain found, and their fate (?limit=).</summary>
    public const string Found = Root + "/chains/{chain}/found";

    /// <summary>GET: a transaction.</summary>
    public const string Transaction = Root + "/chains/{chain}/transactions/{id}";

    /// <summary>GET: what an address of a chain has and was paid.</summary>
    public const string Address = Root + "/chains/{chain}/addresses/{address}";

    /// <summary>GET: who takes part in a sharechain's next payout, the largest first (?limit= ?cursor=).</summary>
    public const string Holders = Root + "/chains/{chain}/holders";

    /// <summary>GET: what a p2poolv2 node tells of its pool, beside the market's own sharechains.</summary>
    public const string P2PoolSource = Root + "/sources/p2poolv2";

    /// <summary>GET: blocks, transactions, addresses and swaps by what is typed (?q=).</summary>
    public const string Search = Root + "/search";

    /// <summary>GET: where miners connect, and how they are doing together.</summary>
    public const string Miners = Root + "/miners";

    /// <summary>GET: an address' workers and what it has (?instrument=, which may be left out where the address tells it).
    /// </summary>
    public const string Miner = Root + "/miners/{address}";

    /// <summary>GET: fees of an instrument (?instrument=, which may be left out where one is traded).</summary>
    public const string Fees = Root + "/fees";

    /// <summary>GET: what the asking key has earned (?operation=, what that call would cost).</summary>
    public const string Standing = Root + "/standing";

    /// <summary>GET: what a key's tier follows from, for anybody.</summary>
    public const string StandingOf = Root + "/standing/{key}";

    /// <summary>POST: give credits to another key.</summary>
    public const string CreditTransfers = Root + "/standing/transfers";

    /// <summary>GET: limits.</summary>
    public const string Limits = Root + "/limits";

    /// <summary>GET: status.</summary>
    public const string Status = Root + "/status";

    /// <summary>POST: coins of a devnet for a script; there on devnets only.</summary>
    public const string Faucet = Root + "/dev/faucet";

    /// <summary>GET: the clock.</summary>
    public const string Time = Root + "/time";
}
