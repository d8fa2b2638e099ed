using Market.Contracts;

namespace Market.Api.Results;

/// <summary>Why something was not done: one code of <see cref="ProblemCodes"/>, and words for a person.</summary>
/// <param name="Code">One of <see cref="ProblemCodes"/>.</param>
/// <param name="Detail">What happened this time.</param>
/// <param name="Errors">With validationFailed: messages by JSON path.</param>
public sealed record Refusal(
    string Code, string? Detail = null, IReadOnlyDictionary<string, string[]>? Errors = null)
{
    /// <summary>With mustWait, and sometimes rateLimited: from when on the same may be asked again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>With busy: what the call costs, in credits.</summary>
    public long? Price { get; init; }

    /// <summary>A request whose members are outside of what they may be.</summary>
    public static Refusal Invalid(string member, string message) =>
        new(ProblemCodes.ValidationFailed, message, new Dictionary<string, string[]> { [member] = [message] });
}

/// <summary>A type that can say no: what the pipeline needs to refuse in the place of a handler.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IRefusable<out TSelf>
{
    /// <summary>The refusing value.</summary>
    static abstract TSelf From(Refusal refusal);
}

/// <summary>Either a value or a refusal.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T> : IRefusable<Result<T>>
{
    private readonly T? _value;

    private Result(T? value, Refusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    /// <summary>The refusal, or null when there is a value.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True when there is a value.</summary>
    public bool IsOk => Refusal is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public T Value => Refusal is null
        ? _value!
        : throw new InvalidOperationException($"Refused: {Refusal.Code} {Refusal.Detail}");

    /// <summary>What follows from the value; the refusal where there is none.</summary>
    public Result<TNext> Then<TNext>(Func<T, TNext> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Refusal is { } refusal ? refusal : next(_value!);
    }

    /// <inheritdoc/>
    public static Result<T> From(Refusal refusal) => new(default, refusal);

    /// <summary>The result that has this value.</summary>
    public static Result<T> FromValue(T value) => new(value, null);

    /// <summary>A value is a result.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A refusal is a result.</summary>
    public static implicit operator Result<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>The value of a result that has nothing to say.</summary>
public readonly record struct Done;
