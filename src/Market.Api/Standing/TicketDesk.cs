using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>Gives puzzles and takes their solutions: each counts once, for the account, market and body that it is bound
/// to.</summary>
public sealed class TicketDesk(StandingBook book, StandingChains chains, WorkTemplates templates, PuzzleChecker checker)
{
    /// <summary>Memory-hard work, on the newest seed.</summary>
    public async Task<MemoryTask> GiveAsync(CancellationToken cancel) => new()
    {
        Seed = Hex.Encode((await SeedsAsync(cancel))[0].ToArray()),
        MemoryKiB = MemoryTicket.Function.MemoryKiB,
        Passes = MemoryTicket.Function.Passes,
        Lanes = MemoryTicket.Function.Lanes,
        LeastDifficulty = MemoryTicket.LeastDifficulty,
        MostDifficulty = MemoryTicket.MostDifficulty,
        CreditsPerTry = MemoryTicket.CreditsPerTry,
    };

    /// <summary>Takes a solution of memory-hard work.</summary>
    /// <param name="binding">Whom it is for.</param>
    /// <param name="account">The same account in hex.</param>
    /// <param name="client">Who sends it: one check of a client at a time, and after a wrong solution none for a while.</param>
    /// <param name="solution">The solution, its shape checked.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<TicketTaken>> TakeAsync(
        TicketBinding binding, string account, PuzzleClient client, MemorySolution solution, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(solution);
        var seed = new Hash256(Hex.Decode(solution.Seed));
        if (!(await SeedsAsync(cancel)).Contains(seed))
            return new Refusal(ProblemCodes.BadProof, "The seed is none of the two newest: ask for the ticket anew.");
        var ticket = new MemoryTicket(binding, seed, solution.Difficulty);
        var nonce = Hex.Decode(solution.Nonce);
        // What was handed in is known before it is computed: a repeat costs nothing.
        var proof = $"{Hex.Encode(ticket.Password)}{solution.Nonce}";
        if (await book.IsSpentAsync(StandingSource.MemoryWork, proof, cancel)) return Used();
        if (checker.WaitOf(client) is { } until)
        {
            return new Refusal(ProblemCodes.RateLimited,
                "A solution of this account here was none, or several of this address or network: the next is checked after a "
                + "wait, twice as long each time.")
            {
                RetryAt = until,
            };
        }
        if (!checker.TryCheck(client, () => ticket.IsSolvedBy(nonce), out var checking))
        {
            return new Refusal(ProblemCodes.RateLimited,
                "Another solution of yours is being checked, or too many are: send it again.");
        }
        return await checking.WaitAsync(cancel)
            ? await CreditAsync(account, ticket.Credits, StandingSource.MemoryWork, proof, cancel)
            : new Refusal(ProblemCodes.BadProof,
                "The nonce does not solve the puzzle of this account, market, body, seed and difficulty.");
    }

    /// <summary>Takes a solution of recycled work, and hands in what of it is a share or a block.</summary>
    /// <param name="binding">Whom it is for.</param>
    /// <param name="account">The same account in hex.</param>
    /// <param name="solution">The solution, its shape checked.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<TicketTaken>> TakeAsync(
        TicketBinding binding, string account, WorkSolution solution, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(solution);
        if (await templates.FindAsync(solution.Template, cancel) is not var (chain, template))
            return new Refusal(ProblemCodes.BadProof, "The work is none of the two newest tips': ask for the ticket anew.");
        var script = new Script(Hex.Decode(solution.Script));
        if (!WorkTemplates.IsPayable(script)) return Refusal.Invalid("work.script", "must be one that a coinbase may pay");
        if (!BlockHeader.TryParse(Hex.Decode(solution.Header), out var solved))
            return Refusal.Invalid("work.header", "is no header");
        var ticket = new WorkTicket(
            binding, solution.Parts, System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(Hex.Decode(solution.Salt)));
        var bound = ticket.Bind(template.PaidTo(script));
        if (!WorkTemplates.IsWithin(bound, solved) || !ticket.IsSolvedBy(bound, solved))
        {
            return new Refusal(ProblemCodes.BadProof,
                "The header is not this account's, market's and body's ticket, or its hash is above the target.");
        }
        // First what is mined: its race is lost within moments, and it is the solver's whatever becomes of the credits.
        var hash = solved.Id.Value;
        var share = template.HandInTarget.IsMetBy(hash) || template.MainTarget.IsMetBy(hash)
            ? await chain.SubmitShareAsync(bound.ToShare(solved), CancellationToken.None)
            : null;
        // A share is its own proof: mined at this server's own port it earns what it is worth, whichever is written down first.
        var taken = share is null
            ? await CreditAsync(account, ticket.Credits, StandingSource.RecycledWork, solved.Id.ToString(), cancel)
            : await CreditAsync(
                account, ticket.Credits, StandingSource.MinedShares, MinedShare.ProofOf(chain.Name, share.Id), cancel);
        return taken.Then(one => one with
        {
            Share = share?.Id.ToString(),
            ShareFate = share is null ? null : System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(share.Code.ToString()),
            MainBlock = share?.MainBlock?.ToString(),
        });
    }

    private async Task<Result<TicketTaken>> CreditAsync(
        string account, long credits, StandingSource source, string proof, CancellationToken cancel)
    {
        var outcome = await book.CreditAsync(account, credits, source, proof, cancel);
        return outcome.IsNew ? new TicketTaken { Credits = credits, Stored = outcome.Stored } : Used();
    }

    private async Task<List<Hash256>> SeedsAsync(CancellationToken cancel)
    {
        var tip = await chains.Main.GetTipAsync(cancel);
        var seeds = new List<Hash256>();
        foreach (var height in TicketSeeds.Heights(tip.Height, NetworkProfile.Of(chains.Main.Name).Spacing))
        {
            if (await chains.Main.GetBlockIdAsync(height, cancel) is { } id) seeds.Add(id);
        }
        return seeds;
    }

    private static Refusal Used() => new(ProblemCodes.ProofUsed, "This solution was handed in before.");
}
