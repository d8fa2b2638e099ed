using FluentValidation;
using FluentValidation.Results;
using Market.Contracts;

namespace Market.Api.Results;

/// <summary>What validators find wrong with a request, as a refusal.</summary>
public static class ShapeRefusals
{
    /// <summary>The refusal; null where nothing is wrong.</summary>
    public static Refusal? Of<T>(T request, IEnumerable<IValidator<T>> validators)
    {
        ArgumentNullException.ThrowIfNull(validators);
        List<ValidationFailure>? failures = null;
        foreach (var validator in validators)
        {
            if (validator is IQuickShape<T> quick && quick.IsPlain(request)) continue;
            if (validator.Validate(request).Errors is { Count: > 0 } found) (failures ??= []).AddRange(found);
        }
        if (failures is null) return null;
        var errors = failures.GroupBy(e => JsonPath(e.PropertyName))
            .ToDictionary(g => g.Key, g => g.Select(e => e.ErrorMessage).Distinct().ToArray());
        var first = errors.First();
        return new Refusal(ProblemCodes.ValidationFailed, $"{first.Key}: {first.Value[0]}", errors);
    }

    /// <summary>"Body.Outpoints[0].PublicKey" becomes "outpoints[0].publicKey".</summary>
    private static string JsonPath(string name) => string.Join('.', name.Split('.')
        .Where((part, i) => i > 0 || part != "Body")
        .Select(part => part.Length == 0 ? part : char.ToLowerInvariant(part[0]) + part[1..]));
}
