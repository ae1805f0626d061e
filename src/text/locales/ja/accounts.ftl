# 参加・ログイン・プロフィール・設定・管理の文章。

## フォーム
form-problems = { $count }か所を直してください
form-check = 入力を確かめてください
form-optional = 任意
form-up-to = { $count }字まで
form-email = メールアドレス
form-save = 保存する
form-back = 戻る
text-missing = ここは空にできません。
text-too-long = { $count }字までです。短くしてください。
pages = 続き
pages-next = 次を見る

## 6桁の数字
code-title = 数字を入れる
code-heading = メールの数字を入れてください
code-label = 6桁の数字
code-sent = { $email } に6桁の数字を送りました。10分のあいだ使えます。
code-life = メールで届いた6桁の数字を入れてください。10分のあいだ使えます。
code-not-there = 届きませんか。迷惑メールの箱も見てください。1時間に送れるのは数通までです。何度か試したときは、1時間ほどお待ちください。
code-again = もう一度送る
code-send = 数字を送る
code-too-many = このアドレスには1時間に{ $count }回まで送れます。しばらく待ってから、もう一度お試しください。

## ログイン
sign-in-title = ログイン
sign-in-who = ユーザー名かメールアドレス
sign-in-who-hint = 登録したメールアドレスに、6桁の数字をお送りします。
sign-in-who-missing = ユーザー名かメールアドレスを入れてください。
sign-in-password = パスワード
sign-in-password-hint = 決めている方だけ。空のままなら、メールの数字でログインします。
sign-in-shared = みんなで使うパソコンです
sign-in-shared-hint = 閉じたらログアウトします。
sign-in-continue = 続ける
sign-in-new-here = はじめての方は
sign-in-code-sent = 「{ $who }」の方のメールアドレスに6桁の数字を送りました。10分のあいだ使えます。

## 参加の申し込み
sign-up-title = 参加を申し込む
sign-up-approval = この支部の世話役が読んで、メールでお返事します。
sign-up-open = メールアドレスを確かめたら、すぐに始められます。
sign-up-closed = いまは新しい方の参加を受け付けていません。支部の運営にお問い合わせください。
sign-up-name = お名前
sign-up-name-hint = ふだん呼ばれているお名前でかまいません。あとで変えられます。
sign-up-username = ユーザー名
sign-up-username-hint = 半角の英小文字・数字・_ 。@名前@{ $domain } の形で、ほかの人があなたを見つけます。あとで変えられません。
sign-up-email-hint = ほかの人には見えません。
sign-up-reason = ひとこと
sign-up-reason-hint = どこで何をしている方か、まちづくりへの想いなど。世話役だけが読みます。
sign-up-leave-empty = ここには何も入れないでください
sign-up-send = 申し込む
sign-up-known = すでに参加している方は
sign-up-confirm = 申し込みを終える
sign-up-restart = はじめからやり直す
sign-up-decided = この申し込みには、もう返事をしています。
display-name-missing = お名前を入れてください。
reason-missing = ひとことお書きください。世話役が読みます。
reason-too-long = ひとことは{ $count }字までです。短くしてください。
waiting-title = 申し込みを受け取りました
waiting-text = 世話役が読んでいます。承認されるとメールが届き、ログインできるようになります。ふつうは一日以内です。
waiting-read = 公開の投稿を読む

## はじめの設定
setup-title = はじめの設定
setup-heading = ノードを始めましょう
setup-once = 設定は一度だけです。ユーザー名のほかは、あとで変えられます。
setup-link-void = この設定のリンクは、もう使えません。設定が済んでいれば、ログインしてください。まだなら、サーバーを始め直すと新しいリンクが出ます。
setup-node = このノード
setup-owner = あなた（持ち主）
setup-email-hint = ログインの数字が届きます。
setup-password-hint = メールが届かないときのため。10文字以上。
setup-start = ノードを始める
node-name = ノードの名前
node-chapter = 支部の名前
node-chapter-hint = 例：岩手支部
node-description = 紹介
node-description-hint = 入口のページと、ほかのサーバーに見えます。

## 設定
settings-profile = プロフィール
settings-account = アカウントとメール
settings-password = パスワード
settings-devices = ログイン中の端末
settings-language = ことばと公開範囲
settings-move = 引っ越しと削除
settings-mail = メール
role = 役割
role-member = メンバー
role-moderator = 世話役
role-admin = 管理者
role-owner = 持ち主

profile-name = 表示する名前
profile-bio = 自己紹介
profile-bio-hint = #話題 やリンクも書けます。
profile-avatar = 顔の写真（アイコン）
profile-avatar-now = いまの写真
profile-avatar-remove = 顔の写真を外す
profile-picture-hint = { $count }MBまで。撮影場所などの情報は取り除きます。
profile-header = 上の横長の写真
profile-header-remove = 上の横長の写真を外す
profile-fields = 項目（{ $count }つまで）
profile-fields-hint = そのページからこちらへ rel="me" のリンクがあれば、確認済みの印がつきます。
profile-field-name = 見出し { $count }
profile-field-label = 見出し
profile-field-content = 内容
profile-field-value = 内容 { $count }
profile-visibility = 見え方
profile-locked = フォローを承認制にする
profile-discoverable = おすすめや名簿に載せる
profile-indexable = 公開の投稿を、ほかのサーバーの検索に載せる

## 名簿の項目
settings-details = 名簿の項目
details-title = 名簿の項目
details-why = 書きたいところだけでかまいません。見せる相手は項目ごとに選べ、いつでも変えられます。
detail-name = 氏名
detail-reading = よみがな
detail-reading-hint = ひらがなで。カタカナはひらがなに直します。
detail-reading-kana = よみがなは、ひらがなかカタカナで書いてください。姓と名のあいだは空白にできます。
detail-affiliation = 所属区分
detail-affiliation-unknown = 所属区分を一覧から選んでください。
affiliation-municipality = 市町村
affiliation-prefecture = 県
affiliation-firm = 企業
affiliation-npo = NPO・市民団体
affiliation-university = 大学・研究機関
affiliation-student = 学生
affiliation-other = そのほか
detail-organisation = 所属
detail-position = 役職
detail-municipality = 市町村
detail-municipality-hint = 住まいでも、活動している町でも。
detail-skills = 得意分野
detail-skills-hint = 例：空き家、公共交通、議事録
detail-interests = 関心
detail-word = 一言
detail-none = 選ばない
detail-audience = { $field }を見せる相手
detail-chosen = { $day }に選びました。
detail-audience-staff = 運営のみ
detail-audience-chapter = 支部
detail-audience-network = 全体
detail-audience-public = 公開
detail-audience-staff-long = 運営のみ：このノードの世話役と管理者
detail-audience-chapter-long = 支部：このノードのメンバー
detail-audience-network-long = 全体：すべての支部のメンバー
detail-audience-public-long = 公開：だれでも、ほかのサーバーでも

## 設定（つづき）
email-change = メールアドレスを変える
email-new = 新しいメールアドレス
email-new-hint = そこへ6桁の数字を送ります。入れるまでは今のアドレスのままです。
email-change-now = このアドレスに変える

confirm-title = ご本人の確認
confirm-why = メールアドレス・パスワード・アカウントそのものを変える前に、ご本人か確かめます。10分のあいだ有効です。
confirm-needed = 変える前に、ご本人か確かめます。
confirm-go = 本人確認をする
confirm-by-password = パスワードで
confirm-by-mail = メールの数字で
confirm-by-mail-hint = 登録しているメールアドレスに6桁の数字を送ります。
confirm-by-code = 届いた数字
confirm-sent = 登録しているメールアドレスに6桁の数字を送りました。10分のあいだ使えます。
password-wrong = パスワードが違います。
password-current = いまのパスワード
password-new = 新しいパスワード
password-new-hint = 10文字以上。長い文のほうが、記号まじりより安全です。
password-not-needed = なくてもかまいません。メールの数字でいつでもログインできます。
password-change = パスワードを変える
password-set = パスワードを決める
password-remove = パスワードをなくす
password-signs-out = ほかの端末と連携アプリはログアウトします。

device-unknown = 名前のわからない端末
device-this = いま使っている端末
device-sign-out = ログアウト
device-sign-out-all = ほかの端末をすべてログアウト
device-sign-out-all-sure = ほかの端末と連携アプリをすべてログアウトします。
programs = 連携アプリ
program-last-used = 最後に使った日時：
program-revoke = 連携をやめる

language-of-pages = 画面とメールのことば
language-name = 日本語
language-audience = 投稿の公開範囲の初期値
audience-choice-public = 公開：だれでも読めます
audience-choice-unlisted = 未収載：読めますが、一覧に載せません
audience-choice-followers = フォロワー：フォローしている人だけ
audience-choice-direct = 宛先だけ：@で書いた人だけ
audience-choice-chapter = 支部のみ：このノードのメンバーだけ

move-here = ほかから、ここへ引っ越してくる
alias-label = 前のアカウント
alias-hint = 先にここへ書いてから、前のサーバーで引っ越しを始めます。
alias-add = 登録する
alias-remove = 外す
alias-too-many = 登録できるのは{ $count }件までです。
handle-unknown = このアカウントは見つかりませんでした。ハンドルをお確かめください。相手のサーバーが止まっているときは、しばらく待ってからお試しください。
move-oneself = これは今のアカウントです。別のアカウントを書いてください。
move-away = ここから、ほかへ引っ越す
move-away-text = フォロワーは新しいアカウントへ移ります。投稿はここに残ります。
move-target = 新しいアカウント
move-target-hint = 先に新しいアカウントの側で、このアカウントを「前のアカウント」として登録しておいてください。
move-check = 確かめる
move-sure = このアカウントへ引っ越します
move-effect-followers = フォロワー{ $count }人に、新しいアカウントをフォローするよう伝えます。
move-effect-posts = 投稿はここに残ります。新しいアカウントには移りません。
move-effect-sign = あなたのページには「引っ越しました」と表示され、新しくフォローできなくなります。
move-now = 引っ越す
move-done = 引っ越し先：
delete-title = アカウントを削除する
delete-text = 投稿、写真、フォローがすべて消え、ほかのサーバーにも削除を伝えます。元に戻せません。同じユーザー名は二度と使えません。
delete-type-name = 確かめるため、ユーザー名（{ $name }）を入れてください
delete-other-name = ユーザー名が違います。削除していません。
delete-now = 削除する

## 管理
admin-title = 管理
admin-node = ノードの設定
admin-sign-ups = 参加の申し込み
admin-members = メンバーと役割
admin-hosts = 相手先と配送
admin-reports = 通報
node-state = このノードの様子
node-version = 版
node-members = メンバー
node-waiting = 送り待ちの配送
signup-open = だれでもすぐ参加できる
signup-approval = 世話役が承認する
signup-closed = 受け付けない
signup-where = 参加のしかたは、サーバーの設定（signup、TSUDOI_SIGNUP）で変えます。

sign-ups-waiting = { $count }件が待っています
sign-ups-none = 待っている申し込みはありません。
sign-ups-confirmed = 確認済み
sign-ups-approve = 承認する
sign-ups-decline = 断る
sign-ups-decline-sure = 断りのメールを送り、申し込みの内容を消します。

members-count = { $count }人
members-search = 名前かメール
members-table = メンバーの表
members-name = 名前
members-last-seen = 最後のログイン
members-access = 利用
members-role-of = { $name }: 役割
members-change = 変える
members-suspended = 停止中
members-suspend = 停止する
members-unsuspend = 停止を解く
members-suspend-text = 停止した人はログインできなくなり、その人の投稿とプロフィールは、このノードでもネットワークのほかのノードでも見えなくなります。ほかのサーバーにも、見せないように頼みます。停止を解くと、また見えるようになります。
role-not-allowed = 自分より上の役割は、付けることも外すこともできません。
role-last-owner = 持ち主がいなくなります。先に、ほかの人を持ち主にしてください。

hosts = 相手先
hosts-text = 止まっている相手には、間をあけて14日のあいだ送り直します。向こうから便りがあれば、すぐに送ります。
hosts-none = まだ、ほかのサーバーとのやり取りはありません。
hosts-table = 相手先の表
host-server = サーバー
host-state = 様子
host-waiting = 待ち
host-oldest = いちばん古いもの
host-next = 次に送る
host-soon = まもなく
host-fine = 届いています
host-silent = 返事がありません
host-since = { $date }から
host-blocked = やり取りを止めています
host-block = 止める
host-unblock = 再開する
host-block-title = サーバーとのやり取りを止める
host-block-hint = そのサーバーからは受け取らず、そのサーバーへは送りません。その名前の下のサーバー（a.server.example など）にも、アカウントの置かれた別の名前のサーバーにも及びます。
host-block-sure = このサーバーとのやり取りを止めます。
host-form = サーバーの名前だけを、server.example のように書いてください。
host-own = 自分のノードは止められません。
dead = 届かなかったもの
dead-none = ありません。
dead-table = 届かなかったものの表
dead-to = あて先
dead-what = 内容
dead-reason = 理由
dead-action = 操作
dead-tries = （{ $count }回ためしました）
dead-retry = もう一度送る
dead-retry-all = すべてもう一度送る

reports-none = 通報はありません。
report-from = 知らせた人
report-comment = 内容
report-posts = 投稿

## 操作のあとのお知らせ
flash-saved = 保存しました。
flash-welcome = ようこそ。まずは自己紹介を書いて、誰かをフォローしてみましょう。
flash-founded = ノードができました。ようこそ。
flash-email = メールアドレスを変えました。
flash-password = パスワードを変えました。ほかの端末はログアウトしました。
flash-password-removed = パスワードをなくしました。メールの数字でログインできます。
flash-signed-out = ログアウトしました。
flash-moved = 引っ越しました。フォロワーに伝えています。
flash-deleted = アカウントを削除しました。ほかのサーバーにも伝えています。
flash-approved = 承認しました。メールでお知らせします。
flash-declined = 断りました。メールでお知らせします。
flash-retried = もう一度送ります。

## メール
mail-code-subject = 確認の数字 { $code }
mail-code-sign-in = ログインの数字です。画面に入れてください。
mail-code-sign-up = 参加のお申し込みをありがとうございます。メールアドレスを確かめる数字です。画面に入れてください。
mail-code-change-email = 新しいメールアドレスを確かめる数字です。画面に入れてください。
mail-code-confirm = ご本人を確かめる数字です。画面に入れてください。
mail-code-life = 10分以内に一度だけ使えます。だれにも教えないでください。
mail-code-link =
    次のページを開くと、数字が入った状態になります。
    { $link }
mail-code-not-you = 心当たりのない場合は、このメールを消してください。何も変わりません。
mail-known-subject = すでに参加されています
mail-known-body =
    このメールアドレスで、新しく登録しようとした方がいます。このアドレスのアカウントは、すでにあります。

    ご自身でしたら、こちらからログインしてください。パスワードはいりません。
    { $link }

    心当たりのない場合は、このメールを消してください。何も変わりません。
mail-applied-subject = 参加の申し込み: { $name }
mail-applied-body = 参加の申し込みがありました。管理の画面で、承認するか断るかを選んでください。
mail-approved-subject = { $node }: 参加が承認されました
mail-approved-body =
    参加が承認されました。ようこそ。

    こちらからログインできます。パスワードはいりません。
    { $link }
mail-declined-subject = { $node }: 参加のお申し込みについて
mail-declined-body =
    お申し込みをありがとうございました。今回は参加を見合わせていただくことになりました。

    お送りいただいた内容は削除しました。ご質問は支部の運営までお寄せください。
mail-password-subject = パスワードが変わりました
mail-password-body =
    パスワードが変わり、ほかの端末はログアウトしました。

    心当たりのない場合は、すぐにメールの数字でログインしてパスワードを変え、支部の運営に知らせてください。
mail-email-changed-subject = メールアドレスが変わりました
mail-email-changed-body =
    アカウントのメールアドレスが { $email } に変わりました。これからのお知らせは新しいアドレスに届きます。

    心当たりのない場合は、すぐに支部の運営に知らせてください。
mail-deleted-subject = アカウントを削除しました
mail-deleted-body =
    アカウントと投稿を削除し、ほかのサーバーにも伝えました。

    これまでありがとうございました。
audience-choice-network = ネットワーク：すべての支部のメンバー
network-signed-another = このノードは、同じ版の別の案にもう署名しています。
network-log-frozen = このノードの記録は二通りあるため凍結されています。運用の手引きをご覧ください。
network-recovering = このノードは古い複製から復元されたため、ほかのノードから記録を取り戻しています。終わるまで、公開の投稿や支部を越える投稿はできません。
network-clock-wrong = このサーバーの時計が合っていません。管理者が直すまで、公開の投稿や支部を越える投稿はできません。
network-held-restored = 復元中：記録を取り戻しています
network-held-clock = 時計が合っていません
network-not-the-end = この記録の終わりには署名できません。こちらには続きがあります。
network-invitation-unreadable = 招待の文字列が読めません。最初から最後まで、そのまま貼り付けてください。
network-invitation-used = この招待は使用済みか、期限が切れています。新しい招待をもらってください。
network-member-already = このノードは、もうネットワークに入っています。
network-domain-not-confirmed = 相手のドメインが、招待された鍵のノードのものと確かめられませんでした。

## ネットワークの運営
admin-network = ネットワーク
network-alone = このノードは、まだどのネットワークにも入っていません。
network-before = 以前は「{ $name }」に入っていました。ほかのネットワークを始めたり、入ったりすると、そのときの記録の写しは消えます。投稿は残ります。
network-create = ネットワークを始める
network-create-text = はじめての支部が一度だけ行います。あとの支部は、招待で加わります。
network-create-now = 始める
network-name = ネットワークの名前
network-name-hint = すべての支部に同じ名前で表示されます。
network-own-node = このノードの短い名前
network-own-node-hint = 小文字のローマ字、数字、ハイフンで30文字まで。あとから変えられません。
network-node-name = 小文字のローマ字、数字、ハイフンだけで、30文字までで書いてください。
network-node-taken = この名前のノードは、もうあります。ほかの名前にしてください。
network-prefecture = 都道府県
network-join = ネットワークに加わる
network-join-text = ほかの支部からもらった招待の文字列を使います。
network-join-check = 招待を読む
network-join-now = 加わる
network-join-as = このノードの名前：{ $node }
network-join-failed = 招待したノードから返事がありませんでした。相手が動いていること、このノードが外から見えることを確かめて、もう一度ためしてください。「使用済み」と出たら、新しい招待をもらってください。
network-invitation = 招待の文字列
network-invitation-hint = 最初から最後まで、そのまま貼り付けてください。
network-invited-by = { $chapter }からの招待です。
network-compare = 招待した支部の方に電話をかけ、次の数字が相手の画面の数字と同じかを、読み上げて確かめてください。違っていたら、加わらないでください。
network-compared = 電話で確かめ、数字は同じでした。
network-compared-new = 加わるノードの方に電話をかけ、数字が同じことを確かめました。
network-understood = 何が起きるかを理解しました。
network-not-sure = 確かめてから、印を付けてください。
network-asked = 加わりたいと伝えました。ほかの支部の過半数で管理者が署名すると、自動で加わります。
network-asked-again = 一週間たっても加われないときは、新しい招待でやり直してください。
network-proposal = 署名を待つ案
network-proposal-unknown = その番号の案は、ないか、一つに決まりません。
network-joins = 加わる
network-leaves = 抜ける
network-comma = 、
network-signed-by = 署名済み：{ $names }。
network-needed = 成立には{ $count }ノードの署名が必要です。
network-until = { $date } までに成立しなければ、この案は消えます。
network-signed-here = このノードは署名しました。ほかの支部の署名を待っています。
network-signed-another-there = 招待したノードは、ほかの案にもう署名しています。その案が決まってから、もう一度ためしてください。
network-sign = 署名する
network-version = 第{ $count }版
network-digits = それぞれのノードの指紋です。電話で読み上げて、たがいの画面の数字が同じかを確かめます。
network-leave = ネットワークを抜ける
network-leave-text = このノードは、ほかの支部の投稿を受け取らなくなり、ネットワークへの投稿もできなくなります。これまでの投稿と写しは残ります。
network-remove = ネットワークから外す
network-remove-text = このノードとのやり取りが、すべての支部で終わります。写した投稿は残ります。
network-invite = 新しい支部を招待する
network-invite-text = 招待は一つのノードに一度だけ、一週間使えます。公開の場に書かず、相手だけに渡してください。
network-invite-make = 招待を作る
network-invitation-once = この文字列が見られるのは、今だけです。写して、相手だけに渡してください。
network-invitation-digits = 相手から電話があったら、このノードの次の数字を読み上げて、同じかを確かめてもらってください。
network-copy = コピー
flash-network-founded = ネットワークができました。ほかの支部を招待しましょう。
flash-network-joined = ネットワークに加わりました。
flash-network-asked = 加わりたいと伝えました。ほかの支部の署名を待ちます。
flash-network-signed = 署名しました。ほかの支部の署名を待ちます。
flash-network-proposed = 提案して署名しました。ほかの支部の署名を待ちます。
flash-network-in-force = 決まりました。
parked = 続きを待つ受信
parked-text = まだここにない投稿などを待っています。届きしだい、または間をあけて、もう一度ためします。
parked-none = ありません。
parked-table = 続きを待つ受信の表
parked-from = 差出人のサーバー
parked-next = 次にためす

mute-not-oneself = 自分自身をミュートすることはできません。
note-too-long = メモは{ $count }文字までです。
endorse-follow-first = おすすめに載せられるのは、フォローしている人だけです。
list-title-empty = リストの名前を入れてください。
list-title-too-long = リストの名前は{ $count }文字までです。
lists-too-many = リストは{ $count }個までです。
list-full = 1つのリストに入れられるのは{ $count }人までです。
report-not-oneself = 自分自身を通報することはできません。
report-comment-too-long = 通報の説明は{ $count }文字までです。
tag-not-a-tag = ハッシュタグとして読めません。
tags-too-many-followed = フォローできるハッシュタグは{ $count }個までです。
tags-too-many-featured = プロフィールに載せられるハッシュタグは{ $count }個までです。
filter-title-empty = フィルターの名前を入れてください。
filter-title-too-long = フィルターの名前は{ $count }文字までです。
filter-context-empty = フィルターを使う場所を選んでください。
filters-too-many = フィルターは{ $count }個までです。
keyword-empty = キーワードを入れてください。
keyword-too-long = キーワードは{ $count }文字までです。
keywords-too-many = 1つのフィルターのキーワードは{ $count }個までです。
