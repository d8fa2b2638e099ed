namespace Market.Web;

/// <summary>What the pages of the interface lead to: the types that a group speaks of, and what words are found in.</summary>
public static class ApiSearch
{
    private const int Most = 60;

    /// <summary>The types that a group's operations take and answer with, and those that these have in them, by name.</summary>
    public static IReadOnlyList<ApiType> TypesOf(ApiDocument document, ApiGroup group)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(group);
        var all = document.Types.ToDictionary(type => type.Name, StringComparer.Ordinal);
        var found = new SortedDictionary<string, ApiType>(StringComparer.Ordinal);
        var open = new Stack<string>(group.Operations.SelectMany(one =>
            one.Responses.Select(answer => answer.Type).Append(one.Body).Concat(one.Parameters.Select(each => each.Type))));
        while (open.TryPop(out var shape))
        {
            foreach (var name in Names(shape))
            {
                if (!all.TryGetValue(name, out var type) || !found.TryAdd(name, type)) continue;
                foreach (var field in type.Fields) open.Push(field.Type);
            }
        }
        return [.. found.Values];
    }

    /// <summary>The last name in a shape that is a type's: "array of Trade" is of Trade; null where none is.</summary>
    public static string? TypeIn(string shape, IReadOnlySet<string> named)
    {
        ArgumentNullException.ThrowIfNull(named);
        return Names(shape).LastOrDefault(named.Contains);
    }

    /// <summary>Operations and types in which all words are found; operations first, at most sixty.</summary>
    public static IReadOnlyList<ApiHit> Find(ApiDocument document, string text)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(text);
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0) return [];
        bool Has(params IEnumerable<string> where) =>
            words.All(word => where.Any(one => one.Contains(word, StringComparison.OrdinalIgnoreCase)));
        var operations = document.Groups.SelectMany(group => group.Operations
            .Where(one => Has([one.Method, one.Path, one.Summary, one.Description, group.Name,
                .. one.Parameters.Select(each => each.Name), .. one.Responses.Select(each => each.Description)]))
            .Select(one => new ApiHit($"{group.Path}#{one.Anchor}", $"{one.Method} {one.Path}", one.Summary)));
        var types = document.Groups.SelectMany(group => TypesOf(document, group)
                .Where(type => Has([type.Name, type.Description, .. type.Values,
                    .. type.Fields.SelectMany(each => new[] { each.Name, each.Description })]))
                .Select(type => (type.Name, Hit: new ApiHit($"{group.Path}#type-{type.Name}", type.Name, type.Description))))
            .DistinctBy(one => one.Name).Select(one => one.Hit);
        return [.. operations.Concat(types).Take(Most)];
    }

    private static IEnumerable<string> Names(string shape) => shape.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Something of the interface that words were found in.</summary>
/// <param name="Path">Where it is described.</param>
/// <param name="Name">Method and path, or a type's name.</param>
/// <param name="Words">One line about it; may be empty.</param>
public sealed record ApiHit(string Path, string Name, string Words);
