using Market.Api.Data;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Contracts;
using Market.Swaps;
using Npgsql;

namespace Market.Api.Settlement;

/// <summary>Opens a swap for each trade in the transaction that journals it.</summary>
public sealed class SwapOpener(MarketInstrument instrument, SwapClock clock) : ITradeSink
{
    private readonly SwapRules _rules = SwapRules.Of(instrument.Chains);
    private ((int Share, int Coin) Depths, SwapPlan Plan) _last;

    /// <inheritdoc/>
    public void Write(NpgsqlBatch batch, IReadOnlyList<TradeRow> trades)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(trades);
        foreach (var trade in trades)
        {
            // Deadlines are compared with the later of clock and chains: so the match is dated.
            var matchedAt = Math.Max(trade.Time.ToUnixTimeSeconds(), clock.Now().Latest);
            var swap = Swap.Open(
                trade.SwapId, new Amount(trade.Quantity), new Amount(trade.Notional), matchedAt,
                PlanOf(new Amount(trade.Notional)));
            var command = new NpgsqlBatchCommand("""
                insert into market.swaps (id, instrument, trade_id, seller_key, buyer_key, seller_is_maker, price, quantity,
                    notional, created_at, updated_at, version, state, outcome, closed, machine)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, false, $14)
                """);
            foreach (var value in new object[]
            {
                trade.SwapId, trade.Instrument, trade.Id, trade.SellerKey, trade.BuyerKey, trade.TakerSide == Contracts.Side.Buy,
                trade.Price, trade.Quantity, trade.Notional, trade.Time, swap.Version, (short)SwapState.Matched,
                (short)SwapOutcome.Moving, SwapJson.Write(swap),
            })
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>The plan of a swap of so many satoshis: as deep as they ask for, as the agents plan it too.</summary>
    public SwapPlan PlanOf(Amount worth)
    {
        // Most trades ask for the same depths as the one before.
        var depths = (_rules.Share.ConfirmationsFor(worth), _rules.Coin.ConfirmationsFor(worth));
        if (_last.Plan is null || _last.Depths != depths) _last = (depths, SwapPlan.Of(_rules, worth));
        return _last.Plan;
    }
}
