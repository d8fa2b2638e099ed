using Market.Api.Data;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Standing;

/// <summary>Credits that keys give to each other: each once, on disk before it is answered.</summary>
public sealed class CreditTransfers(StandingBook book, IDbContextFactory<MarketDb> database, TimeProvider clock)
{
    /// <summary>Carries out a transfer, or says what was done under its name before.</summary>
    /// <param name="from">Who gives.</param>
    /// <param name="to">Who gets.</param>
    /// <param name="amount">How many.</param>
    /// <param name="id">The giver's name for it.</param>
    /// <param name="cancel">Stops waiting; then it may or may not have been done, and asking again tells.</param>
    /// <exception cref="NpgsqlException">It could not be written, and was not done.</exception>
    public async Task<Result<CreditTransfer>> DoAsync(
        string from, string to, long amount, string id, CancellationToken cancel)
    {
        // Of all transfers it names one: the giver is a part of it.
        var proof = $"{from}:{id}";
        var row = new CreditEntryRow
        {
            Source = Market.Standing.StandingSource.Transfer,
            ProofId = proof,
            Key = to,
            From = from,
            Amount = amount,
            Time = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()),
        };
        if (await FindAsync(proof, cancel) is { } first) return Repeated(first, row, id);
        return await book.TransferAsync(row, cancel) switch
        {
            true => Show(row, id),
            false => new Refusal(ProblemCodes.InsufficientCredits,
                $"The key has {DecimalStrings.Format(book.FreeOf(from))} credits that are not promised to calls of it."),
            null => Repeated((await FindAsync(proof, cancel))!, row, id),
        };
    }

    private async Task<CreditEntryRow?> FindAsync(string proof, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        return await db.Set<CreditEntryRow>().AsNoTracking().SingleOrDefaultAsync(
            e => e.Source == Market.Standing.StandingSource.Transfer && e.ProofId == proof, cancel);
    }

    private static Result<CreditTransfer> Repeated(CreditEntryRow first, CreditEntryRow again, string id) =>
        first.Key == again.Key && first.Amount == again.Amount
            ? Show(first, id)
            : Refusal.Invalid("id", "was used with another transfer; give each a name of its own");

    private static CreditTransfer Show(CreditEntryRow row, string id) => new()
    {
        From = row.From!,
        To = row.Key,
        Amount = row.Amount,
        Id = id,
        Time = row.Time,
    };
}
